import { readImageSize } from '../../behaviour/image-size.ts'
import { dataOf } from '../../behaviour/image-tokens.ts'
import type { Json } from '../../json.ts'
import { Problem } from '../../problem.ts'

/**
 * What stands for an image at an address: the bytes of a data URL. Other addresses are not fetched; they
 * stand for themselves.
 * @throws Problem `invalidImage` for a data URL without an image, and for what is no address.
 */
export function imageAt(url: Json | undefined, param: string): Uint8Array {
  if (typeof url === 'string' && /^https?:\/\/./.test(url)) return Buffer.from(url)
  const bytes = typeof url === 'string' ? dataOf(url) : undefined
  if (bytes && readImageSize(bytes)) return bytes
  const message = 'This is not the address of an image, nor a data URL with one.'
  throw new Problem('invalidImage', message, param)
}
