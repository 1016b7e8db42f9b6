/** Longest side, in pixels, of a picture that is sent; the server makes an avatar smaller still. */
const LONGEST = 512

/** The picture small enough to be sent, whatever a camera made of it; null when the browser cannot read it. */
export async function shrunk(file: Blob): Promise<Blob | null> {
  try {
    const picture = await createImageBitmap(file)
    const scale = Math.min(1, LONGEST / Math.max(picture.width, picture.height))
    const canvas = document.createElement('canvas')
    canvas.width = Math.max(1, Math.round(picture.width * scale))
    canvas.height = Math.max(1, Math.round(picture.height * scale))
    canvas.getContext('2d')!.drawImage(picture, 0, 0, canvas.width, canvas.height)
    return await new Promise((done) => canvas.toBlob(done, 'image/png'))
  } catch {
    return null
  }
}
