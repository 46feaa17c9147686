import type { JsonObject } from '../../json.ts'
import type { VendorError } from '../openai-family/errors.ts'
import type { ErrorStyle } from '../openai-family/vendor.ts'

const texts: ReadonlySet<VendorError['kind']> = new Set([
  'unsupportedValue',
  'notFound',
  'wrongMethod',
  'contextLength',
])

/** A text for some, an object for others. */
function writeError({ kind, message, type, param, code }: VendorError): JsonObject {
  return { error: texts.has(kind) ? message : { message, type, param, code } }
}

export const errors: ErrorStyle = {
  table: {
    // An address that is not there is answered as if all were well.
    notFound: { status: 200 },
    wrongMethod: { status: 200 },
    overloaded: { status: 503 },
  },
  write: writeError,
  frame: ({ message }) => `event: error\ndata: ${JSON.stringify({ error: { message } })}\n\n`,
}
