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
  const pending = new Map(edits.map((edit) => [edit.field, edit]))
  const replaced = renamedOver(body, edits)
  const sections: Uint8Array[] = []
  // Neighbours that stay are copied in one piece, with what stands between them.
  let keptFrom = -1
  let keptTo = -1
  const keep = () => {
    if (keptFrom >= 0) sections.push(body.bytes.subarray(keptFrom, keptTo))
    keptFrom = -1
  }
  for (const { key, start, keyEnd, end } of body.members) {
    const edit = pending.get(key)
    if (edit === undefined && !replaced.has(key)) {
      if (keptFrom < 0) keptFrom = start
      keptTo = end
      continue
    }
    keep()
    if (edit === undefined) continue
    pending.delete(key)
    if ('set' in edit) sections.push(member(key, edit.set))
    else if ('rename' in edit) {
      const rest = body.bytes.subarray(keyEnd, end)
      sections.push(joinBytes(encoder.encode(JSON.stringify(edit.rename)), rest))
    }
  }
  keep()
  for (const edit of pending.values()) {
    if ('set' in edit) sections.push(member(edit.field, edit.set))
  }
  return objectOf(sections)
}

/** The names that a `rename` gives to a field of `body`: another field of that name gives way. */
function renamedOver(body: JsonBody, edits: readonly BodyEdit[]): Set<string> {
  const names = new Set<string>()
  for (const edit of edits) {
    if ('rename' in edit && Object.hasOwn(body.value, edit.field)) names.add(edit.rename)
  }
  return names
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
