// Names on Google's wire: of fields, and of models in an address.

import type { JsonObject } from '@aigne-hub/protocol'
import { pathSegment } from '../path-segment.ts'

/**
 * The object with its keys in camel case. Google reads `system_instruction` as `systemInstruction`, and
 * its own pages write both; where both are there, the camel case one counts.
 */
export function camelKeys(fields: JsonObject): JsonObject {
  if (!hasSnakeKeys(fields)) return fields
  const renamed: JsonObject = {}
  for (const key in fields) {
    const name = camelCase(key)
    if (name === key || fields[name] === undefined) renamed[name] = fields[key]
  }
  return renamed
}

export function hasSnakeKeys(fields: JsonObject): boolean {
  for (const key in fields) if (camelCase(key) !== key) return true
  return false
}

/** `__proto__` and the like stay as they are. */
function camelCase(key: string): string {
  if (key.indexOf('_', 1) < 0 || key.startsWith('_')) return key
  return key.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())
}

/** The address of a method of a model. */
export function modelPath(model: string, method: string): string {
  const name = modelName(model)
  const slash = name.indexOf('/')
  return `/${name.slice(0, slash)}/${pathSegment(name.slice(slash + 1))}:${method}`
}

/** A model's resource name: its id may already say `models/…` or `tunedModels/…`. */
export function modelName(model: string): string {
  return /^(?:models|tunedModels)\/./.test(model) ? model : `models/${model}`
}

export function contentPath(model: string, isStream: boolean): string {
  return modelPath(model, isStream ? 'streamGenerateContent?alt=sse' : 'generateContent')
}
