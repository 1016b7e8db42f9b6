/** Pictures drawn from a number, so that a course without a cover has one of its own, always the same. */

export interface Shape {
  tag: 'circle' | 'path' | 'rect' | 'line'
  attrs: Record<string, string | number>
}

interface Palette {
  ground: string
  deep: string
  accent: string
  light: string
  spark: string
  ink: string
}

export interface Cover {
  ground: string
  ink: string
  shapes: Shape[]
}

export const COVER_WIDTH = 320
export const COVER_HEIGHT = 200

const PALETTES: Palette[] = [
  { ground: '#0f3d34', deep: '#1b6151', accent: '#f2b544', light: '#dfe9dc', spark: '#e2674a', ink: '#f7faf4' },
  { ground: '#f1dfb6', deep: '#d9993c', accent: '#2d4c45', light: '#fff8e6', spark: '#bb5138', ink: '#2a2415' },
  { ground: '#1f2c4d', deep: '#3d5da8', accent: '#f29166', light: '#f4ecd9', spark: '#8fb4e3', ink: '#f8f6ef' },
  { ground: '#cfe2e8', deep: '#4b8ba1', accent: '#123540', light: '#ffffff', spark: '#f2b544', ink: '#123540' },
  { ground: '#b04c36', deep: '#7d2e21', accent: '#f6cba3', light: '#fdf1e3', spark: '#24453f', ink: '#fff7ef' },
  { ground: '#d2dcbd', deep: '#74914f', accent: '#22391f', light: '#fbfbee', spark: '#dc5f3f', ink: '#22391f' },
  { ground: '#3b2647', deep: '#754a80', accent: '#f1a79f', light: '#f9e9e3', spark: '#f2b544', ink: '#fdf5f2' },
  { ground: '#e9d5cd', deep: '#c98672', accent: '#43303d', light: '#fff6f1', spark: '#3f7f74', ink: '#3a2733' },
]

type Draw = (palette: Palette, random: () => number) => Shape[]

const DRAWINGS: Draw[] = [rings, hills, tiles, dial, bars, orbits]

/** The cover of the course with this id. */
export function coverOf(id: number): Cover {
  const palette = PALETTES[(id * 5 + Math.floor(id / 8)) % PALETTES.length]!
  const draw = DRAWINGS[(id * 7 + Math.floor(id / 6)) % DRAWINGS.length]!
  return { ground: palette.ground, ink: palette.ink, shapes: draw(palette, randomFrom(id * 7919 + 17)) }
}

/** What a course is about, in a word short enough for its cover: "Python", "Vue 3", "数据". */
export function keywordOf(name: string): string {
  const latin = /[A-Za-z][A-Za-z0-9+#.]*(?: \d+)?/.exec(name)?.[0]
  if (latin && latin.length > 1) return latin.slice(0, 12)
  const letters = name.replace(/[^\p{L}\p{N}]/gu, '')
  let word = ''
  for (const next of wordsOf(letters)) {
    if (word && word.length + next.length > 5) break
    word += next
  }
  return word.slice(0, 5)
}

/** Chinese is written without spaces; an older browser takes two characters for a word. */
function wordsOf(text: string): string[] {
  if (!('Segmenter' in Intl)) return text.match(/.{1,2}/gu) ?? []
  return [...new Intl.Segmenter('zh', { granularity: 'word' }).segment(text)].map(({ segment }) => segment)
}

/** Rings that have run down to different lengths. */
function rings({ deep, accent, light, spark }: Palette, random: () => number): Shape[] {
  const [x, y] = [236 + random() * 20, 72 + random() * 20]
  const colours = [deep, accent, deep, light, spark]
  return colours.map((stroke, index) => {
    const radius = 118 - index * 23
    const around = 2 * Math.PI * radius
    const left = 0.45 + random() * 0.45
    return circle(x, y, radius, {
      fill: 'none',
      stroke,
      'stroke-width': 11,
      'stroke-linecap': 'round',
      'stroke-dasharray': `${(around * left).toFixed(1)} ${around.toFixed(1)}`,
      transform: `rotate(${Math.floor(random() * 360)} ${x.toFixed(1)} ${y.toFixed(1)})`,
    })
  })
}

/** A sun over hills. */
function hills({ ground, deep, accent, light, spark }: Palette, random: () => number): Shape[] {
  const sun = circle(190 + random() * 70, 58 + random() * 14, 36, { fill: accent })
  const halo = circle(Number(sun.attrs.cx), Number(sun.attrs.cy), 50, {
    fill: 'none',
    stroke: accent,
    'stroke-width': 2,
    opacity: 0.6,
  })
  const ridge = (height: number, fill: string): Shape => {
    const [a, b] = [height - 20 - random() * 30, height + random() * 24]
    return path(`M0 ${height} C 80 ${a}, 150 ${b}, 200 ${height - 18} S 290 ${a}, 320 ${height - 8} V200 H0 Z`, {
      fill,
    })
  }
  return [halo, sun, ridge(100, light), ridge(116, spark), ridge(132, deep), ridge(148, ground)]
}

/** A wall of quarter circles. */
function tiles({ deep, accent, light, spark }: Palette, random: () => number): Shape[] {
  const side = 50
  const colours = [deep, accent, light, spark, deep]
  const shapes: Shape[] = []
  for (let column = 2; column < 7; column += 1) {
    for (let row = 0; row < 3; row += 1) {
      if (column === 2 && row > 0) continue
      const [x, y] = [column * side + 20 - 50, row * side]
      const fill = colours[Math.floor(random() * colours.length)]!
      if (random() < 0.2) shapes.push(circle(x + 25, y + 25, 15, { fill }))
      else {
        const turn = Math.floor(random() * 4) * 90
        shapes.push(
          path(`M0 0 H${side} A${side} ${side} 0 0 1 0 ${side} Z`, {
            fill,
            transform: `translate(${x} ${y}) rotate(${turn} 25 25)`,
          }),
        )
      }
    }
  }
  return shapes
}

/** A clock's face, half run down. */
function dial({ deep, accent, light, spark }: Palette, random: () => number): Shape[] {
  const [x, y, radius] = [232, 84, 68]
  const from = random() * 360
  const sweep = 100 + random() * 150
  const at = (degrees: number, r: number) => [
    x + r * Math.sin((degrees * Math.PI) / 180),
    y - r * Math.cos((degrees * Math.PI) / 180),
  ]
  const [x1, y1] = at(from, radius)
  const [x2, y2] = at(from + sweep, radius)
  const ticks = Array.from({ length: 36 }, (_, index): Shape => {
    const long = index % 3 === 0
    const [ax, ay] = at(index * 10, radius + 10)
    const [bx, by] = at(index * 10, radius + (long ? 22 : 16))
    return line(ax!, ay!, bx!, by!, { stroke: long ? light : accent, 'stroke-width': 2.5, 'stroke-linecap': 'round' })
  })
  return [
    circle(x, y, radius, { fill: deep }),
    path(
      `M${x} ${y} L${fixed(x1!)} ${fixed(y1!)} A${radius} ${radius} 0 ${sweep > 180 ? 1 : 0} 1 ${fixed(x2!)} ${fixed(y2!)} Z`,
      { fill: accent },
    ),
    ...ticks,
    circle(x, y, 9, { fill: light }),
    circle(x, y, 4, { fill: spark }),
  ]
}

/** Bars that hang lower and lower. */
function bars({ deep, accent, light, spark }: Palette, random: () => number): Shape[] {
  const colours = [deep, deep, accent, deep, light, spark]
  return colours.map((fill, index) => {
    const height = 40 + index * 20 + random() * 22
    return rect(88 + index * 40, -20, 30, height + 20, { fill, rx: 15 })
  })
}

/** Bodies on their paths. */
function orbits({ deep, accent, light, spark }: Palette, random: () => number): Shape[] {
  const [x, y] = [228, 82]
  const shapes: Shape[] = [circle(x, y, 30, { fill: accent })]
  ;[54, 80, 108].forEach((radius, index) => {
    shapes.push(
      circle(x, y, radius, { fill: 'none', stroke: index === 1 ? light : deep, 'stroke-width': index === 1 ? 1.5 : 8 }),
    )
    const angle = random() * 2 * Math.PI
    const fill = [spark, light, accent][index]!
    shapes.push(circle(x + radius * Math.cos(angle), y + radius * Math.sin(angle), [9, 7, 12][index]!, { fill }))
  })
  return shapes
}

export interface Face {
  ground: string
  skin: string
  tilt: number
  shift: number
  smile: number
}

export const FACES = 8

const SKINS = ['#f2b544', '#f6a583', '#f4ecd9', '#ffd27d', '#f6cba3', '#fbe3c0', '#f1a79f', '#e9a27b']

/** The avatar with this number, from 1 on. */
export function faceOf(number: number): Face {
  const palette = PALETTES[(number - 1) % FACES]!
  const random = randomFrom(number * 104729)
  return {
    ground: palette.ground,
    skin: SKINS[(number - 1) % FACES]!,
    tilt: Math.round((random() - 0.5) * 50),
    shift: Math.round((random() - 0.5) * 10),
    smile: 2 + random() * 5,
  }
}

/** The number of an avatar called "avatar-3"; where it has no such name, one that goes with `fallback`. */
export function faceNumber(avatar: string, fallback: string): number {
  const chosen = /^avatar-([1-8])$/.exec(avatar)?.[1]
  if (chosen) return Number(chosen)
  let sum = 7
  for (const letter of fallback) sum = (sum * 31 + letter.codePointAt(0)!) % 100_003
  return (sum % FACES) + 1
}

function randomFrom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

const fixed = (n: number) => n.toFixed(1)

function circle(cx: number, cy: number, r: number, attrs: Shape['attrs']): Shape {
  return { tag: 'circle', attrs: { cx: fixed(cx), cy: fixed(cy), r: fixed(r), ...attrs } }
}

function path(d: string, attrs: Shape['attrs']): Shape {
  return { tag: 'path', attrs: { d, ...attrs } }
}

function rect(x: number, y: number, width: number, height: number, attrs: Shape['attrs']): Shape {
  return { tag: 'rect', attrs: { x: fixed(x), y: fixed(y), width, height: fixed(height), ...attrs } }
}

function line(x1: number, y1: number, x2: number, y2: number, attrs: Shape['attrs']): Shape {
  return { tag: 'line', attrs: { x1: fixed(x1), y1: fixed(y1), x2: fixed(x2), y2: fixed(y2), ...attrs } }
}
