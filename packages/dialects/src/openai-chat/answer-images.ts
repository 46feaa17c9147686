// Pictures in a chat answer. OpenAI has no place for them; OpenRouter's `images` is what clients read:
// a list of `{type: "image_url", image_url: {url: "data:…"}}`.

import { isJsonObject, type Json, type JsonObject, type MediaPart } from '@aigne-hub/protocol'

export function readImages(images: Json | undefined): MediaPart[] {
  if (!Array.isArray(images)) return []
  return images.flatMap((item): MediaPart[] => {
    const image = isJsonObject(item) ? item.image_url : undefined
    const url = isJsonObject(image) ? image.url : image
    if (typeof url !== 'string' || url === '') return []
    const comma = url.indexOf(';base64,')
    return url.startsWith('data:') && comma > 0
      ? [
          {
            type: 'media',
            kind: 'image',
            data: url.slice(comma + ';base64,'.length),
            mimeType: url.slice('data:'.length, comma),
          },
        ]
      : [{ type: 'media', kind: 'image', url }]
  })
}

/** Only pictures have a place here. */
export function writeImages({ kind, data, mimeType, url }: MediaPart): JsonObject[] {
  const address = data === undefined ? url : `data:${mimeType ?? 'image/png'};base64,${data}`
  if (kind !== 'image' || address === undefined) return []
  return [{ type: 'image_url', image_url: { url: address } }]
}
