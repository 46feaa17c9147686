import type { JsonObject } from '../../json.ts'
import { CodedProblem } from '../openai/errors.ts'

/**
 * Refuses what an object may not have.
 * @param path where the object stands, with its final dot; empty for the body
 * @throws Problem naming the first field that is not of `known`.
 */
export function refuseUnknown(value: JsonObject, known: ReadonlySet<string>, path: string): void {
  for (const name in value) {
    if (known.has(name)) continue
    const param = `${path}${name}`
    const message = `Unknown parameter: '${param}'.`
    throw new CodedProblem('invalidRequest', 'unknown_parameter', message, param)
  }
}
