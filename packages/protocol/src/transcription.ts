import type { FormField, FormFile } from './form-body.ts'

export interface TranscriptionRequest {
  model: string
  file: FormFile
  /** `json`, `text`, `srt`, `verbose_json`, `vtt`, `diarized_json`; absent = `json`. */
  format?: string
  /** As events while it is made; absent = whole. */
  stream?: 'events'
  /** What else was in the form, as it was. */
  fields: readonly FormField[]
}
