import { isJsonObject, type JsonObject } from '@aigne-hub/protocol'

const decoder = new TextDecoder()
const tailBytes = 2048
const headBytes = 512

/**
 * The members from `usage` to the end of an answer, without parsing what stands before them: that can
 * be megabytes of numbers or pictures. Undefined unless `usage` is one of the last members of the
 * answer's own object, or when an error may stand at its beginning: then parse it all.
 */
export function tailUsage(body: Uint8Array): JsonObject | undefined {
  if (body.length <= tailBytes) return undefined
  if (decoder.decode(body.subarray(0, headBytes)).includes('"error"')) return undefined
  const tail = decoder.decode(body.subarray(body.length - tailBytes))
  const at = tail.lastIndexOf('"usage"')
  if (at < 0) return undefined
  try {
    // Well-formed only if exactly one bracket was open before it: the answer's own.
    const members: unknown = JSON.parse(`{${tail.slice(at)}`)
    return isJsonObject(members) ? members : undefined
  } catch {
    return undefined
  }
}
