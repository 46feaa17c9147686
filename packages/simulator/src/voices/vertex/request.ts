import { isObject, type Json, type JsonObject } from '../../json.ts'
import { Problem } from '../../problem.ts'
import { invalid } from '../gemini/fields.ts'

/** A field in either of protobuf's spellings. */
function fieldOf(message: JsonObject, camelCased: string, snakeCased: string): Json | undefined {
  return message[camelCased] ?? message[snakeCased]
}

/**
 * Calls have no ids on Vertex, and neither have their results.
 * @throws Problem for a part that has one.
 */
function refuseCallIds(contents: Json | undefined): void {
  if (!Array.isArray(contents)) return
  contents.forEach((content, at) => {
    if (!isObject(content) || !Array.isArray(content.parts)) return
    content.parts.forEach((part, partAt) => {
      if (!isObject(part)) return
      const path = `contents[${at}].parts[${partAt}]`
      refuseId(fieldOf(part, 'functionCall', 'function_call'), `${path}.function_call`)
      refuseId(fieldOf(part, 'functionResponse', 'function_response'), `${path}.function_response`)
    })
  })
}

function refuseId(value: Json | undefined, path: string): void {
  if (!isObject(value) || value.id === undefined) return
  const message = `Invalid JSON payload received. Unknown name "id" at '${path}': Cannot find field.`
  throw new Problem('invalidRequest', message, path)
}

function checkLabels(labels: Json | undefined): void {
  if (labels === undefined) return
  const isMap = isObject(labels) && Object.values(labels).every((one) => typeof one === 'string')
  if (!isMap) throw invalid('labels', 'it must be a map of texts')
}

/**
 * A request to Vertex as the Gemini API would have it.
 * @throws Problem for what Vertex refuses.
 */
export function readVertexBody(body: Json | undefined): Json | undefined {
  if (!isObject(body)) return body
  refuseCallIds(body.contents)
  const { labels, ...rest } = body
  checkLabels(labels)
  return rest
}
