import {
  type CredentialField,
  HubError,
  type ProviderAdapter,
  type Secrets,
} from '@aigne-hub/protocol'

function refuse(param: string, reason: string): HubError {
  return new HubError('invalid_request', `${param} ${reason}`, { param })
}

const isRequired = ({ required }: CredentialField) => required
const namesOf = (fields: readonly CredentialField[]) => fields.map(({ name }) => name).join(', ')

/** The ways to authenticate, each with its fields; empty where there is only one. */
function waysOf({ credentialFields }: ProviderAdapter): Map<string, CredentialField[]> {
  const ways = new Map<string, CredentialField[]>()
  for (const field of credentialFields) {
    if (field.way !== undefined) ways.set(field.way, [...(ways.get(field.way) ?? []), field])
  }
  return ways
}

/** Whether the provider can be used without any credential: many servers of one's own can. */
export function needsCredential(adapter: ProviderAdapter): boolean {
  const common = adapter.credentialFields.filter(({ way }) => way === undefined)
  return common.some(isRequired) || waysOf(adapter).size > 0
}

/**
 * The fields of one credential as someone entered them. No message repeats a value.
 * @throws HubError `invalid_request` with `param` naming the field that is missing, unknown or malformed.
 */
export function readCredential(
  adapter: ProviderAdapter,
  given: Readonly<Record<string, string | undefined>>,
): Secrets {
  const { credentialFields, name: provider } = adapter
  const secrets: Record<string, string> = {}
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined || value === '') continue
    const field = credentialFields.find((one) => one.name === name)
    if (!field) {
      throw refuse(
        name,
        `is no field of a credential of ${provider}: ${namesOf(credentialFields)}.`,
      )
    }
    if (field.pattern !== undefined && !new RegExp(`^(?:${field.pattern})$`, 's').test(value)) {
      throw refuse(name, `is not a ${field.label} of ${provider}. Enter it again.`)
    }
    secrets[name] = value
  }
  const common = credentialFields.filter(({ way }) => way === undefined)
  const missing = common.filter(isRequired).find(({ name }) => secrets[name] === undefined)
  if (missing) throw refuse(missing.name, `is missing: ${provider} needs it.`)
  checkWays(adapter, secrets)
  return secrets
}

/** Of several ways to authenticate, exactly one is complete and nothing of another is there. */
function checkWays(adapter: ProviderAdapter, secrets: Secrets): void {
  const ways = [...waysOf(adapter).values()]
  if (ways.length === 0) return
  const begun = ways.filter((fields) => fields.some(({ name }) => secrets[name] !== undefined))
  const choices = ways.map((fields) => namesOf(fields.filter(isRequired))).join('; or ')
  const [first, second] = begun
  const [anyField] = ways[0] as CredentialField[]
  if (!first) throw refuse(anyField?.name ?? 'credential', `is missing. Give ${choices}.`)
  if (second)
    throw refuse(second[0]?.name ?? 'credential', `is one field too many. Give ${choices}.`)
  const missing = first.filter(isRequired).find(({ name }) => secrets[name] === undefined)
  if (missing) throw refuse(missing.name, `is missing. Give ${choices}.`)
}
