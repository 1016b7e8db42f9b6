import { describe, expect, it } from 'vitest'
import { coverOf, faceNumber, keywordOf } from '@/lib/art'
import { percentOff, tenths } from '@/lib/coupon'
import { langOf } from '@/lib/lang'
import { loginOf, nextOf } from '@/lib/login'
import { numberIn } from '@/lib/query'

describe('where to go after the login', () => {
  it.each([
    ['/user/order?status=0', '/user/order?status=0'],
    ['//elsewhere.example', '/'],
    ['/\\elsewhere.example', '/'],
    ['https://elsewhere.example', '/'],
    [undefined, '/'],
  ])('%s → %s', (next, path) => {
    expect(nextOf(next)).toBe(path)
  })
})

describe('the login of a token', () => {
  const token = (claims: object) => `x.${btoa(JSON.stringify(claims)).replaceAll('+', '-').replaceAll('/', '_')}.x`

  it('stays when the token is renewed', () => {
    expect(loginOf(token({ sid: 'a', gen: 0 }))).toBe(loginOf(token({ sid: 'a', gen: 1, jti: '?>~' })))
    expect(loginOf(token({ sid: 'a' }))).not.toBe(loginOf(token({ sid: 'b' })))
  })

  it('is the token itself where it says nothing', () => {
    expect(loginOf('r')).toBe('r')
  })
})

describe('coupon rates', () => {
  it.each([
    ['*0.85', '8.5', '15'],
    ['*0.9', '9', '10'],
    ['*0.05', '0.5', '95'],
    ['*0.8765', '8.765', '12.35'],
    ['*0', '', '100'],
  ])('%s is %s 折 and %s %% off', (sale, chinese, english) => {
    expect(tenths(sale)).toBe(chinese)
    expect(percentOff(sale)).toBe(english)
  })
})

describe('numbers in addresses', () => {
  it.each([
    ['3', 3],
    ['0', 1],
    ['-1', 1],
    ['x', 1],
    ['99999999', 1],
    [undefined, 1],
  ])('%s is %i', (value, number) => {
    expect(numberIn(value, 1)).toBe(number)
  })
})

describe('covers and avatars', () => {
  it('are the same every time', () => {
    expect(coverOf(7)).toEqual(coverOf(7))
    expect(faceNumber('', 'lin')).toBe(faceNumber('', 'lin'))
    expect(faceNumber('avatar-3', 'lin')).toBe(3)
  })

  it('differ between neighbours', () => {
    const looks = Array.from({ length: 12 }, (_, id) => JSON.stringify(coverOf(id + 1)))
    expect(new Set(looks).size).toBe(12)
  })

  it.each([
    ['Python 异步编程实战', 'Python'],
    ['Vue 3 组件设计', 'Vue 3'],
    ['机器学习入门', '机器学习'],
    ['微信小程序开发', '微信小程序'],
    ['C++ 之美', 'C++'],
    ['', ''],
  ])('say in a word what %s is about: %s', (name, keyword) => {
    expect(keywordOf(name)).toBe(keyword)
  })
})

describe('language of a name', () => {
  it.each([
    ['Python 入门', 'zh-CN'],
    ['Redis', undefined],
    ['', undefined],
  ])('%s → %s', (name, language) => {
    expect(langOf(name)).toBe(language)
  })
})
