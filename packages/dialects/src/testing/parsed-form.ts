import type { FormBody, FormField, FormFile, WireRequest } from '@aigne-hub/protocol'

/** A form as the platform's own reader takes it apart. Fields and files are each in their order. */
export async function parsedForm(response: Response): Promise<FormBody> {
  const fields: FormField[] = []
  const files: FormFile[] = []
  for (const [name, value] of await response.formData()) {
    if (typeof value === 'string') fields.push({ name, value })
    else {
      files.push({
        name,
        fileName: value.name,
        mimeType: value.type,
        bytes: new Uint8Array(await value.arrayBuffer()),
      })
    }
  }
  return { fields, files }
}

/** The form in a request of ours. */
export function sentForm({ body, headers }: Pick<WireRequest, 'body' | 'headers'>) {
  return parsedForm(new Response(body as Uint8Array<ArrayBuffer>, { headers: { ...headers } }))
}
