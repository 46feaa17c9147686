import { isJsonObject, type JsonObject, type Part } from '@aigne-hub/protocol'
import { otherFields } from '../read-field.ts'

// `native['openai-responses']` of a part holds the fields of its item, or of its piece of content,
// that the vocabulary has no place for. A piece of content that opens a message item has that item's
// fields under `item`.

const dialect = 'openai-responses'

/** What only this dialect says about a part. */
export function ownFields({ native }: Pick<Part, 'native'>): JsonObject {
  const own = native?.[dialect]
  return isJsonObject(own) ? own : {}
}

/** The same for a piece of content: without the fields of its message item. */
export function contentFields(part: Pick<Part, 'native'>): JsonObject {
  const { item: _, ...fields } = ownFields(part)
  return fields
}

/** The fields of the message item that begins with this part; undefined when none does. */
export function itemFields(part: Pick<Part, 'native'>): JsonObject | undefined {
  const { item } = ownFields(part)
  return isJsonObject(item) ? item : undefined
}

export function setOwn(part: Part, fields: JsonObject | undefined): void {
  if (fields && Object.keys(fields).length > 0) part.native = { [dialect]: fields }
}

/** Marks the part as the first of a message item. */
export function beginItem(part: Part, item: JsonObject): void {
  part.native = { [dialect]: { ...ownFields(part), item } }
}

/** The fields that are not `known`. That an item is complete goes without saying. */
export function extraFields(item: JsonObject, known: readonly string[]): JsonObject | undefined {
  const hidden = item.status === 'completed' ? [...known, 'status'] : known
  return otherFields(item, hidden)
}
