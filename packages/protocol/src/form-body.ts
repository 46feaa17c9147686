/** A form as it arrived (`multipart/form-data`, RFC 7578), in the order of its parts. */
export interface FormBody {
  fields: readonly FormField[]
  files: readonly FormFile[]
}

export interface FormField {
  name: string
  value: string
}

export interface FormFile {
  /** Of the field. */
  name: string
  fileName?: string
  mimeType: string
  bytes: Uint8Array
}
