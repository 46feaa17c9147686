import type { Headers, HubError, WireTarget } from '@aigne-hub/protocol'
import { readFault } from '../openai-errors.ts'
import { parseJson, upstreamError } from '../upstream-fault.ts'

/** Only the words tell a prompt that is too long; the status may be 400, 413 or 500. */
const tooLong = /exceeds the (?:available )?context (?:length|size)/i

/** Reads `{"error": "text"}` under a status that is not 2xx. Never throws, whatever the body is. */
export function readError(
  status: number,
  headers: Headers,
  body: Uint8Array,
  target: WireTarget,
): HubError {
  const found = readFault(parseJson(body)) ?? {}
  return tooLong.test(found.message ?? '')
    ? upstreamError(400, headers, { ...found, code: 'context_length_exceeded' }, target)
    : upstreamError(status, headers, found, target)
}
