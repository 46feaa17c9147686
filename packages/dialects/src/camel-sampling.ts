import type { JsonObject, Sampling } from '@aigne-hub/protocol'
import { optionalInteger, optionalNumber, put } from './read-field.ts'

/** How tokens are picked, in the names that Google and the AIGNE clients share. */
export function readCamelSampling(fields: JsonObject, at: string): Sampling {
  const sampling: Sampling = {}
  put(sampling, 'temperature', optionalNumber(fields, 'temperature', at, 0, 2))
  put(sampling, 'topP', optionalNumber(fields, 'topP', at, 0, 1))
  // A whole number, which some clients write as `40.0`.
  put(sampling, 'topK', optionalInteger(fields, 'topK', at, 0))
  put(sampling, 'presencePenalty', optionalNumber(fields, 'presencePenalty', at, -2, 2))
  put(sampling, 'frequencyPenalty', optionalNumber(fields, 'frequencyPenalty', at, -2, 2))
  put(sampling, 'seed', optionalInteger(fields, 'seed', at, Number.MIN_SAFE_INTEGER))
  return sampling
}
