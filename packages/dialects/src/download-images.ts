import type { ExchangeAnswer, ExchangeStep, GeneratedImage, WireTarget } from '@aigne-hub/protocol'
import { toBase64 } from '@aigne-hub/protocol'
import { malformed } from './upstream-fault.ts'

/**
 * A step of an exchange that fetches what came as an address, for a caller who wants the data. Such
 * addresses work for hours at most.
 */
export function* downloadImages(
  images: readonly GeneratedImage[],
  target: WireTarget,
): Generator<ExchangeStep, GeneratedImage[], readonly ExchangeAnswer[]> {
  const urls = images.flatMap(({ url }) => (url === undefined ? [] : [url]))
  if (urls.length === 0) return [...images]
  const files = (yield { do: 'fetch', urls }).values()
  return images.map(({ url, ...image }) => {
    if (url === undefined) return image
    const file = files.next().value
    if (!file || file.body.length === 0) throw malformed(target, 'with an image that is not there')
    const type = file.headers['content-type']?.split(';', 1)[0]?.trim()
    return {
      ...image,
      data: toBase64(file.body),
      ...(type?.startsWith('image/') && { mimeType: type }),
    }
  })
}
