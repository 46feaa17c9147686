// Ideogram has no ids of models: a model is a path, and how fast it works a field. Ours name both, as
// `ideogram-v3`, `ideogram-v3-turbo`, `ideogram-v4-quality`. Sources: the vendor's OpenAPI (2026),
// docs.comfy.org on V4.

import { HubError, type WireTarget } from '@aigne-hub/protocol'
import { type QualityLevel, qualityLevel } from '../image-request.ts'

export type Speed = 'FLASH' | 'TURBO' | 'DEFAULT' | 'QUALITY'

export interface IdeogramModel {
  version: 'v3' | 'v4'
  /** Absent = the caller's to choose. */
  speed?: Speed
}

const speeds = { v3: ['FLASH', 'TURBO', 'DEFAULT', 'QUALITY'], v4: ['TURBO', 'DEFAULT', 'QUALITY'] }

/** @throws HubError `model_not_found`. */
export function readModel({ model, provider }: WireTarget): IdeogramModel {
  const [, version, suffix] = /^ideogram-(v3|v4)(?:-([a-z]+))?$/.exec(model) ?? []
  if (version === 'v3' || version === 'v4') {
    const speed = suffix?.toUpperCase()
    if (speed === undefined) return { version }
    if (speeds[version].includes(speed)) return { version, speed: speed as Speed }
  }
  throw new HubError(
    'model_not_found',
    `${provider} has no model "${model}". Its models are ideogram-v3 and ideogram-v4, with -turbo or -quality after them for another speed.`,
    { param: 'model' },
  )
}

const speedOfLevel: Record<QualityLevel, Speed> = {
  low: 'TURBO',
  medium: 'DEFAULT',
  high: 'QUALITY',
}

/** The speed that a quality stands for. */
export function speedFor(quality: string): Speed | undefined {
  const level = qualityLevel(quality)
  return level && speedOfLevel[level]
}
