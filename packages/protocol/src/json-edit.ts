import type { JsonBody } from './json-body.ts'

/** An edit of one top-level member: a new value as JSON text, another name, or its removal. */
export type BodyEdit =
  | { field: string; set: string }
  | { field: string; rename: string }
  | { field: string; remove: true }

const encoder = new TextEncoder()

const COMMA = 0x2c
const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d

/**
 * The body with its top-level members edited and everything else copied byte for byte, so that big
 * integers and unknown fields arrive as they were sent. A `set` of a field that is absent adds it;
 * `rename` and `remove` of one that is absent do nothing; `rename` to a name that is taken replaces
 * what was there. One edit a field.
 */
export function editBody(body: JsonBody, edits: readonly BodyEdit[]): Uint8Array {
  if (edits.length === 0) return body.bytes
  const sections: Uint8Array[] = []
  // Neighbours that stay are copied in one piece, with what stands between them.
  let keptFrom = -1
  let keptTo = -1
  const keep = () => {
    if (keptFrom >= 0) sections.push(body.bytes.subarray(keptFrom, keptTo))
    keptFrom = -1
  }
  for (const { key, start, keyEnd, end } of body.members) {
    const edit = edits.find(({ field }) => field === key)
    if (edit === undefined && !isRenamedOver(body, edits, key)) {
      if (keptFrom < 0) keptFrom = start
      keptTo = end
      continue
    }
    keep()
    if (edit === undefined) continue
    if ('set' in edit) sections.push(member(key, edit.set))
    else if ('rename' in edit) {
      const rest = body.bytes.subarray(keyEnd, end)
      sections.push(joinBytes(encoder.encode(JSON.stringify(edit.rename)), rest))
    }
  }
  keep()
  for (const edit of edits) {
    if ('set' in edit && !Object.hasOwn(body.value, edit.field)) {
      sections.push(member(edit.field, edit.set))
    }
  }
  return objectOf(sections)
}

/** Whether another field of the body gets this name: then the one that has it gives way. */
function isRenamedOver(body: JsonBody, edits: readonly BodyEdit[], key: string): boolean {
  for (const edit of edits) {
    if ('rename' in edit && edit.rename === key) return Object.hasOwn(body.value, edit.field)
  }
  return false
}

function member(key: string, value: string): Uint8Array {
  return encoder.encode(`${JSON.stringify(key)}:${value}`)
}

function joinBytes(first: Uint8Array, second: Uint8Array): Uint8Array {
  const out = new Uint8Array(first.length + second.length)
  out.set(first)
  out.set(second, first.length)
  return out
}

/** A JSON object of sections, each of which holds one member or several with their commas. */
function objectOf(sections: readonly Uint8Array[]): Uint8Array {
  let length = 1 + Math.max(sections.length, 1)
  for (const section of sections) length += section.length
  const out = new Uint8Array(length)
  out[0] = OPEN_BRACE
  let at = 1
  for (const section of sections) {
    if (at > 1) out[at++] = COMMA
    out.set(section, at)
    at += section.length
  }
  out[at] = CLOSE_BRACE
  return out
}
