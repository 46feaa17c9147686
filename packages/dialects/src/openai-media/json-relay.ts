// How bodies of the operations beside chat are passed through.

import type {
  BodyEdit,
  JsonBody,
  Operation,
  RelayEdits,
  RequestOf,
  Usage,
  WireTarget,
} from '@aigne-hub/protocol'
import { type Meaning, refusedFields } from '../unsupported-fields.ts'

/** How an operation without streams is passed through. */
export interface JsonRelay<O extends Operation> {
  edits(body: JsonBody, request: RequestOf<O>, target: WireTarget): RelayEdits | undefined
  readUsage(body: Uint8Array, target: WireTarget, request?: RequestOf<O>): Usage
}

/** The relay of an operation whose bodies need no more than fitting, and whose answers are small. */
export function jsonRelay<O extends Operation>(
  path: string,
  meaning: Meaning,
  readResponse: (body: Uint8Array, target: WireTarget) => { usage: Usage },
): JsonRelay<O> {
  return {
    edits: (body, _, target) => fittingEdits(path, body, target, meaning),
    readUsage: (body, target) => readResponse(body, target).usage,
  }
}

/** The edits that give a body the target's model and take from it what the target refuses. */
export function fittingEdits(
  path: string,
  { value }: JsonBody,
  target: WireTarget,
  meaning: Meaning,
): RelayEdits {
  const { remove, dropped } = refusedFields(value, target, meaning)
  const edits: BodyEdit[] = remove.map((field) => ({ field, remove: true }))
  if (value.model !== target.model) {
    edits.push({ field: 'model', set: JSON.stringify(target.model) })
  }
  return { path, edits, dropped }
}
