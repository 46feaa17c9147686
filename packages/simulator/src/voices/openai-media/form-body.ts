import { type FormPart, readForm } from '../../form-data.ts'
import type { JsonObject } from '../../json.ts'
import type { VoiceRequest } from '../voice.ts'

/** A form as if it had been JSON, and the files in it. */
export interface FormBody {
  body: JsonObject
  files: ReadonlyMap<string, readonly FormPart[]>
}

/** The fields of a form that are not text. */
export interface FormRules {
  numbers?: readonly string[]
  flags?: readonly string[]
  /** Fields of which there may be several. */
  lists?: readonly string[]
}

/** `image`, `image[]` and `image[0]` are the same. */
function bareName(name: string): string {
  return name.replace(/\[\d*\]$/, '')
}

const flagWords: Readonly<Record<string, boolean>> = { true: true, false: false }

function readField(name: string, text: string, { numbers, flags }: FormRules) {
  if (numbers?.includes(name) && text.trim() !== '' && !Number.isNaN(Number(text))) {
    return Number(text)
  }
  return (flags?.includes(name) ? flagWords[text] : undefined) ?? text
}

/** @throws Problem `invalidRequest` for anything but a form. */
export function readFormBody({ bytes, headers }: VoiceRequest, rules: FormRules): FormBody {
  const body: JsonObject = {}
  const files = new Map<string, FormPart[]>()
  for (const part of readForm(bytes, headers['content-type'])) {
    const name = bareName(part.name)
    if (part.filename !== undefined) {
      files.set(name, [...(files.get(name) ?? []), part])
      continue
    }
    const value = readField(name, Buffer.from(part.bytes).toString(), rules)
    if (!rules.lists?.includes(name)) body[name] = value
    else body[name] = [...(Array.isArray(body[name]) ? body[name] : []), value]
  }
  return { body, files }
}

/** Whether a request brings a form. */
export function hasForm({ headers }: VoiceRequest): boolean {
  return /^multipart\/form-data\b/i.test(headers['content-type'] ?? '')
}
