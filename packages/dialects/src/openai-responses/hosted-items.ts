// Items of tools that run at the provider. A finished picture is media, so that everyone can show it.

import {
  isJsonObject,
  type Json,
  type JsonObject,
  type MediaPart,
  type ServerToolPart,
} from '@aigne-hub/protocol'
import { extraFields, setOwn } from './own-fields.ts'

const serverTools = [
  'web_search_call',
  'file_search_call',
  'code_interpreter_call',
  'image_generation_call',
  'mcp_call',
  'tool_search_call',
]

/** Whether an item of this type tells of a tool that the provider has run. */
export function isServerTool(type: Json | undefined): type is string {
  return typeof type === 'string' && serverTools.includes(type)
}

export function readServerTool(item: JsonObject, type: string): ServerToolPart {
  const { id, status } = item
  return {
    type: 'serverTool',
    dialect: 'openai-responses',
    id: typeof id === 'string' ? id : '',
    name: type.slice(0, -'_call'.length),
    phase: 'call',
    ...(typeof status === 'string' && { status }),
    data: item,
  }
}

/** The picture in an item; undefined for other items, and while it is being made. */
export function readImageItem(item: JsonObject): MediaPart | undefined {
  const { type, id, result, output_format: format } = item
  if (type !== 'image_generation_call' || typeof result !== 'string' || !result) return undefined
  if (typeof id !== 'string' || item.status === 'generating') return undefined
  const isNamed = typeof format === 'string' && format !== ''
  const part: MediaPart = {
    type: 'media',
    kind: 'image',
    data: result,
    mimeType: `image/${isNamed ? format : 'png'}`,
    id,
  }
  const known = ['type', 'id', 'result', ...(isNamed && format !== 'png' ? ['output_format'] : [])]
  setOwn(part, extraFields(item, known))
  return part
}

/** How often each of the provider's tools ran, by name. */
export function countServerTools(output: Json | undefined): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const item of Array.isArray(output) ? output : []) {
    const type = isJsonObject(item) ? item.type : undefined
    if (!isServerTool(type)) continue
    const name = type.slice(0, -'_call'.length)
    counts[name] = (counts[name] ?? 0) + 1
  }
  return counts
}
