// What requests for images and videos of the published AIGNE clients have in common: an envelope like
// chat's, and parameters that stand in `input` or in `input.modelOptions`, wherever the caller put them.

import {
  HubError,
  isJsonObject,
  type Json,
  type JsonObject,
  type MediaFile,
} from '@aigne-hub/protocol'
import {
  optionalObject,
  optionalString,
  otherFields,
  refuse,
  refuseKind,
  requiredObject,
  requiredString,
} from '../read-field.ts'

const at = 'input.'
const optionsAt = 'input.modelOptions.'

/** Concerns the client alone, or chat. */
const notOurs = ['modelOptions', 'outputFileType', 'preferInputFileType', 'cacheConfig'] as const

export class MediaInput {
  readonly #body: JsonObject
  readonly #input: JsonObject
  readonly #options: JsonObject
  readonly #read = new Set<string>(notOurs)

  /** @throws HubError `invalid_request` when there is no input. */
  constructor(body: JsonObject) {
    this.#body = body
    this.#input = requiredObject(body, 'input', '')
    this.#options = optionalObject(this.#input, 'modelOptions', at) ?? {}
  }

  /** The option, the input's own, or the one at the top (version 0.1). */
  model(fallback: string): string {
    this.#read.add('model')
    return (
      optionalString(this.#options, 'model', optionsAt) ||
      optionalString(this.#input, 'model', at) ||
      optionalString(this.#body, 'model', '') ||
      fallback
    )
  }

  prompt(): string {
    this.#read.add('prompt')
    return requiredString(this.#input, 'prompt', at)
  }

  /**
   * What one of the readers of fields finds under any of a field's spellings; options go first.
   * @throws HubError `invalid_request` naming the field where it stands.
   */
  field<T>(
    names: readonly string[],
    read: (fields: JsonObject, key: string, at: string) => T | undefined,
  ): T | undefined {
    let found: T | undefined
    for (const name of names) {
      this.#read.add(name)
      found ??= read(this.#options, name, optionsAt) ?? read(this.#input, name, at)
    }
    return found
  }

  /** The files of a field: one, or a list of them. */
  files(name: string): MediaFile[] {
    const found = this.field([name], (fields, key, place) => readFiles(fields[key], place + key))
    return found ?? []
  }

  /** What is left once all else has been read. */
  rest(): JsonObject | undefined {
    return otherFields({ ...this.#input, ...this.#options }, this.#read)
  }
}

function readFiles(value: Json | undefined, param: string): MediaFile[] | undefined {
  if (value === undefined || value === null) return undefined
  if (!Array.isArray(value)) return [readFile(value, param)]
  return value.map((entry, index) => readFile(entry, `${param}[${index}]`))
}

function readFile(value: Json, param: string): MediaFile {
  if (!isJsonObject(value)) return refuseKind(param, 'an object with a type', value)
  const inside = `${param}.`
  const { type } = value
  if (type === 'url') {
    const url = requiredString(value, 'url', inside)
    return /^https?:\/\//i.test(url) ? { url } : refuse(`${inside}url`, 'an https:// address')
  }
  if (type === 'local') {
    throw new HubError(
      'invalid_request',
      'The hub cannot read files of another machine. Send the data: {"type":"file","data":…}.',
      { param: `${inside}type` },
    )
  }
  if (type !== 'file') return refuse(`${inside}type`, 'the string "file" or "url"')
  const name = optionalString(value, 'filename', inside)
  return {
    data: requiredString(value, 'data', inside),
    mimeType: optionalString(value, 'mimeType', inside) || 'image/png',
    ...(name !== undefined && { name }),
  }
}

/** A file of an answer. The clients throw without a `type`, and name files by the `mimeType`. */
export function writeFileOf(
  { data, url, mimeType }: { data?: string; url?: string; mimeType?: string },
  fallbackType: string,
): JsonObject {
  const type = mimeType ?? fallbackType
  return data === undefined
    ? { type: 'url', url, mimeType: type }
    : { type: 'file', data, mimeType: type }
}
