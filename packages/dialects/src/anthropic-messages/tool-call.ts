import { isJsonObject, type Json, type JsonObject, type ToolCallPart } from '@aigne-hub/protocol'

/**
 * The tool in whose input a model without schemas of its own gives an answer in JSON. Readers give that
 * input back as the text of the answer.
 */
export const jsonAnswerTool = 'hub_json_answer'

/** The input of a call as an object; undefined when its text is none. A custom tool's text is one field. */
export function inputObject({
  kind,
  input,
}: Pick<ToolCallPart, 'kind' | 'input'>): JsonObject | undefined {
  if (kind === 'custom') return { input }
  if (input.trim() === '') return {}
  let value: Json
  try {
    value = JSON.parse(input)
  } catch {
    return undefined
  }
  return isJsonObject(value) ? value : undefined
}

/** The same for a caller: what is no object, such as half of one, stands in a field of its own. */
export function shownInput(call: Pick<ToolCallPart, 'kind' | 'input'>): JsonObject {
  return inputObject(call) ?? { invalid_json: call.input }
}

/** Whether the provider takes an id as it is. */
export const isLegalId = (id: string) => /^[a-zA-Z0-9_-]+$/.test(id)

/** An id in the letters that the provider takes. Two ids may become one: see `WriteContext.idOf`. */
export function legalId(id: string): string {
  if (id === '') return '_'
  return id.replace(/[^a-zA-Z0-9_-]/g, (unit) => `_${unit.charCodeAt(0).toString(16)}`)
}
