// What models there are, and what each can do.

import { createHash } from 'node:crypto'
import { contextTokens } from '../../behaviour/chat.ts'
import type { Behaviour } from '../../behaviour/index.ts'
import type { ModelRow, SimulatedOperation } from '../../behaviour/models.ts'
import type { JsonObject } from '../../json.ts'
import { Problem } from '../../problem.ts'
import { refused } from './fields.ts'

/** A model as a request names it. */
export interface NamedModel {
  /** As the simulator names it. */
  row: ModelRow
  /** Its thoughts stand among its words, as with models whose template does not tell them apart. */
  leaksThoughts: boolean
}

const usualTag = 'latest'
/** `reason:raw` is the only model with a tag of its own. */
const rawTag = 'raw'

/** @throws Problem when no model is named, there is none, or it does something else. */
export function modelNamed(
  name: string,
  operation: SimulatedOperation,
  behaviour: Behaviour,
): NamedModel {
  const row = rowNamed(name, behaviour.models)
  if (!row.operations.includes(operation)) {
    const what = operation === 'chat' ? 'chat' : operation
    throw refused(`"${name}" does not support ${what}`, 'model')
  }
  return { row, leaksThoughts: row.reasoning === true && name.endsWith(`:${rawTag}`) }
}

/** @throws Problem when no model is named, or there is none. */
export function rowNamed(name: string, models: readonly ModelRow[]): ModelRow {
  if (name === '') throw refused('model is required', 'model')
  const [id = '', tag = usualTag] = name.split(':', 2)
  const row = models.find((model) => model.id === id)
  const isTag = tag === usualTag || (tag === rawTag && row?.reasoning === true)
  if (row && isTag) return row
  throw new Problem('modelNotFound', `model '${name}' not found`, 'model')
}

/** `echo` is the one that is too simple for tools. */
export function capabilitiesOf({ id, operations, reasoning }: ModelRow): string[] {
  const capabilities: string[] = []
  if (operations.includes('embeddings')) capabilities.push('embedding')
  if (!operations.includes('chat')) return capabilities
  capabilities.push('completion')
  if (id !== 'echo') capabilities.push('tools')
  if (id === 'vision') capabilities.push('vision')
  if (reasoning) capabilities.push('thinking')
  return capabilities
}

const details = {
  parent_model: '',
  format: 'gguf',
  family: 'simulator',
  families: ['simulator'],
  parameter_size: '1.0B',
  quantization_level: 'Q4_K_M',
}
const modified = '2026-09-21T10:00:00.123456789Z'
const sizeBytes = 1_000_000_000

const isLocal = ({ operations }: ModelRow) =>
  operations.includes('chat') || operations.includes('embeddings')

/** The models that are installed. */
export function writeTags(rows: readonly ModelRow[]): string {
  const models = rows.filter(isLocal).map((row): JsonObject => {
    const name = `${row.id}:${usualTag}`
    return {
      name,
      model: name,
      modified_at: modified,
      size: sizeBytes,
      digest: createHash('sha256').update(name).digest('hex'),
      details,
      capabilities: capabilitiesOf(row),
    }
  })
  return JSON.stringify({ models })
}

/** One model in detail. */
export function writeShow(row: ModelRow): string {
  return JSON.stringify({
    license: 'Apache-2.0',
    modelfile: `FROM ${row.id}`,
    parameters: 'temperature 0.8',
    template: '{{ .Prompt }}',
    details,
    model_info: {
      'general.architecture': 'simulator',
      'general.parameter_count': 1_000_000_000,
      'simulator.context_length': contextTokens,
      'simulator.embedding_length': 256,
    },
    capabilities: capabilitiesOf(row),
    modified_at: modified,
  })
}
