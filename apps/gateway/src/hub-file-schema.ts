import { checkOperatorKey } from '@aigne-hub/identity'
import { HubError } from '@aigne-hub/protocol'
import { type CustomDialect, findProvider } from '@aigne-hub/providers'
import { z } from 'zod'
import { declaredProvider } from './providers.ts'

/** A setting of a later version: silence would let an operator believe it is in use. */
function notYet(what: string) {
  return z
    .unknown()
    .refine((value) => value === undefined, { error: `${what} not supported yet. Remove it.` })
    .optional()
}

const name = z.string({ error: 'must be a text.' }).regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, {
  error: 'must be 1 to 64 letters, digits, dots, dashes or underscores.',
})

/** What is said of anything else in the place of an object. */
const shape = (example: string) => ({ error: `must hold names and values, such as "${example}".` })

const modelName = z
  .string({ error: 'must be a model name.' })
  .min(1, { error: 'must not be empty.' })

/** Which fields there are is the provider's to say. */
const Credential = z
  .object(
    {
      name,
      // With one credential a provider, every weight is the whole.
      weight: z
        .number({ error: 'must be a number.' })
        .positive({ error: 'must be above 0.' })
        .optional(),
    },
    shape('name: main'),
  )
  .catchall(z.string({ error: 'must be a text.' }).min(1, { error: 'must not be empty.' }))
  .transform(({ name, weight: _, ...fields }) => ({ name, fields }))

const DeclaredModel = z.union(
  [
    modelName.transform((id): { id: string; is?: string } => ({ id })),
    z.strictObject({ id: modelName, is: modelName }),
  ],
  { error: 'must be a model name, or "{ id: my-deployment, is: gpt-5 }".' },
)

const customDialects = [
  'openai',
  'openai-responses',
  'anthropic',
  'gemini',
  'ollama',
] as const satisfies readonly CustomDialect[]

const DeclaredProvider = z.strictObject(
  {
    id: z.string({ error: 'must be a text, such as openai or my-vllm.' }),
    dialect: z
      .enum(customDialects, {
        error: 'must be "openai", "openai-responses", "anthropic", "gemini" or "ollama".',
      })
      .optional(),
    baseUrl: z.string({ error: 'must be an address.' }).optional(),
    allowPrivateNetwork: z.boolean({ error: 'must be true or false.' }).optional(),
    headers: z
      .record(z.string(), z.string({ error: 'must be a text.' }), {
        error: 'must be names and values.',
      })
      .optional(),
    models: z.array(DeclaredModel, { error: 'must be a list of model names.' }).optional(),
    credentials: z
      .array(Credential, { error: 'must be a list.' })
      .max(1, { error: 'more than one credential a provider is not supported yet. Keep one.' })
      .optional(),
  },
  shape('id: openai'),
)

/** Whether a provider can be made of it is the provider packages' to say. */
const Provider = DeclaredProvider.superRefine((declared, context) => {
  // Of what is wrong already, not all has become what its type says.
  if (context.issues.length > 0) return
  try {
    declaredProvider(declared)
  } catch (error) {
    if (!(error instanceof HubError)) throw error
    context.addIssue({
      code: 'custom',
      path: (error.param ?? 'id').split('.').map((key) => (/^\d+$/.test(key) ? Number(key) : key)),
      message: error.message.replace(`${error.param} `, ''),
    })
  }
})

const Alias = z.strictObject(
  {
    id: name,
    targets: z
      .array(
        z.union(
          [
            modelName,
            z
              .strictObject({ model: modelName, weight: z.number().positive().optional() })
              .transform((target) => target.model),
          ],
          { error: 'must be a "provider/model" name.' },
        ),
        { error: 'must be a list of "provider/model" names.' },
      )
      .min(1, { error: 'must name a "provider/model".' })
      .max(1, { error: 'more than one target is not supported yet. Keep one.' }),
    strategy: z
      .enum(['fallback', 'weighted', 'cheapest', 'fastest'], {
        error: 'must be fallback, weighted, cheapest or fastest.',
      })
      .optional(),
  },
  shape('id: fast'),
)

const Key = z.strictObject(
  {
    name,
    key: z.string({ error: 'must be a text.' }).superRefine((key, context) => {
      const problem = checkOperatorKey(key)
      if (problem) context.addIssue({ code: 'custom', message: `${problem}.` })
    }),
    models: z.array(modelName, { error: 'must be a list of model names.' }).optional(),
    rpm: notYet('limits are'),
    tpm: notYet('limits are'),
  },
  shape('name: ci'),
)

const Billing = z.strictObject(
  {
    enabled: z
      .literal(false, { error: 'billing is not supported yet. Set it to false.' })
      .default(false),
    // Without billing they mean nothing, and may stay.
    signupGrant: z.unknown().optional(),
    creditPrice: z.unknown().optional(),
    margin: z.unknown().optional(),
  },
  shape('enabled: false'),
)

const Media = z.strictObject(
  {
    // Addresses in requests that the hub has to fetch itself.
    allowPrivateNetwork: z.boolean({ error: 'must be true or false.' }).default(false),
  },
  shape('allowPrivateNetwork: false'),
)

const StoredResponses = z.strictObject(
  {
    enabled: z.boolean({ error: 'must be true or false.' }).default(true),
    days: z
      .int({ error: 'must be a whole number.' })
      .min(1, { error: 'must be at least 1.' })
      .max(3650, { error: 'must be at most 3650.' })
      .default(30),
  },
  shape('enabled: true'),
)

function unique<T>(field: string, of: (item: T) => string) {
  return (items: T[], context: z.RefinementCtx<T[]>) => {
    const seen = new Set<string>()
    items.forEach((item, index) => {
      const value = of(item)
      if (seen.has(value)) {
        context.addIssue({
          code: 'custom',
          path: [index, field],
          message: `"${value}" is there twice. Give each its own.`,
        })
      }
      seen.add(value)
    })
  }
}

/** Two names of one key could not be told apart. The message does not repeat it. */
function uniqueKeys(keys: { name: string; key: string }[], context: z.RefinementCtx): void {
  const nameOf = new Map<string, string>()
  keys.forEach(({ name, key }, index) => {
    const other = nameOf.get(key)
    if (other === undefined) nameOf.set(key, name)
    else {
      context.addIssue({
        code: 'custom',
        path: [index, 'key'],
        message: `is the same as the key "${other}". Give each its own.`,
      })
    }
  })
}

/** A provider that is nowhere would only be noticed by the first caller. */
function knownTargets(
  { providers, models }: { providers: { id: string }[]; models: { targets: string[] }[] },
  context: z.RefinementCtx,
): void {
  // As above.
  if (context.issues.length > 0) return
  const declared = new Set(providers.map(({ id }) => id))
  models.forEach(({ targets: [target = ''] }, index) => {
    const id = target.slice(0, Math.max(target.indexOf('/'), 0))
    if (declared.has(id) || findProvider(id)) return
    context.addIssue({
      code: 'custom',
      path: ['models', index, 'targets', 0],
      message: `"${target}" begins with no provider that is known or declared here. Write "provider/model".`,
    })
  })
}

/** What an operator keeps in git. */
export const HubFile = z
  .strictObject(
    {
      providers: z
        .array(Provider, { error: 'must be a list.' })
        .superRefine(unique('id', ({ id }) => id))
        .default([]),
      models: z
        .array(Alias, { error: 'must be a list.' })
        .superRefine(unique('id', ({ id }) => id))
        .default([]),
      keys: z
        .array(Key, { error: 'must be a list.' })
        .superRefine(unique('name', (key) => key.name))
        .superRefine(uniqueKeys)
        .default([]),
      billing: Billing.default({ enabled: false }),
      media: Media.default({ allowPrivateNetwork: false }),
      storedResponses: StoredResponses.default({ enabled: true, days: 30 }),
    },
    shape('providers: []'),
  )
  .superRefine(knownTargets)
export type HubFile = z.infer<typeof HubFile>
