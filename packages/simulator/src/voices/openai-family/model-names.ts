import type { Behaviour } from '../../behaviour/index.ts'
import type { ModelRow, Persona } from '../../behaviour/models.ts'
import type { Json } from '../../json.ts'

/** Who answers for a name of a vendor's form. */
type FormRow = readonly [form: RegExp, persona: Persona | ((found: RegExpExecArray) => string)]

/** The models of a vendor beside the simulator's own. */
export interface ModelNames {
  /** Models that show something only this vendor does, and who they are besides. */
  special?: Readonly<Record<string, { persona: Persona; does: string }>>
  /** Names of the vendor's form, and who answers for them; the first that fits. */
  forms?: readonly FormRow[]
}

/** The model of the simulator that answers for `name`: `name` itself where nobody else does. */
export function personaFor(
  name: string,
  { special = {}, forms = [] }: ModelNames,
  known: Behaviour,
): string {
  if (Object.hasOwn(special, name)) return special[name]?.persona ?? name
  if (known.models.some(({ id }) => id === name)) return name
  for (const [form, persona] of forms) {
    const found = form.exec(name)
    if (found) return typeof persona === 'string' ? persona : persona(found)
  }
  return name
}

/** Whether who answers for `name` thinks first. */
export function thinks(name: Json | undefined, names: ModelNames, known: Behaviour): boolean {
  if (typeof name !== 'string') return false
  const persona = personaFor(name, names, known)
  return known.models.some(({ id, reasoning }) => id === persona && reasoning === true)
}

/** What a list of the vendor's models contains. */
export function listedModels({ special = {} }: ModelNames, known: Behaviour): ModelRow[] {
  const own = Object.entries(special).map(([id, { persona, does }]): ModelRow => {
    return { id, operations: ['chat'], does, persona, reasoning: persona === 'reason' }
  })
  return [...known.models, ...own]
}
