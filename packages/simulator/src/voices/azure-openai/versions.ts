// The `api-version` of a request, which decides what there is.

import { Problem } from '../../problem.ts'
import type { VoiceRequest } from '../voice.ts'

const dated = /^(\d{4}-\d{2}-\d{2})(-preview)?$/
const current = new Set([null, 'v1', 'latest', 'preview'])
/** The first with `stream_options`. */
const firstWithStreamOptions = '2024-09-01'

/**
 * @param isLegacy a path with the deployment in it, which needs a dated version
 * @throws Problem `notFound` for a version that does not go with the path, as for any other path that is
 * not there; `invalidRequest` for a field that is newer than the version.
 */
export function checkVersion(
  { query = '' }: VoiceRequest,
  isLegacy: boolean,
  hasStreamOptions = false,
): void {
  const version = new URLSearchParams(query).get('api-version')
  const date = dated.exec(version ?? '')?.[1]
  const isKnown = isLegacy ? date !== undefined : current.has(version)
  if (!isKnown) throw new Problem('notFound', 'Resource not found')
  if (date !== undefined && hasStreamOptions && date < firstWithStreamOptions) {
    const message = 'Unrecognized request argument supplied: stream_options'
    throw new Problem('invalidRequest', message)
  }
}
