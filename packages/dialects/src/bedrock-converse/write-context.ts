import { HubError, type JsonObject, type Part, type WireTarget } from '@aigne-hub/protocol'
import { Losses } from '../losses.ts'
import { shortCallId } from '../openai-chat/short-call-id.ts'

/** Cache points a request may have (Amazon Bedrock, "Prompt caching"). */
const maxMarks = 4
const maxIdLength = 64
const shortIdLength = 9
const maxNameLength = 64
const maxDocumentNameLength = 200

type Cache = NonNullable<Part['cache']>

/** What the writers of one request share. */
export class WriteContext {
  readonly target: WireTarget
  readonly losses: Losses
  /** The model takes Anthropic's own fields beside those of Converse. */
  readonly isClaude: boolean
  readonly #marks: { blocks: JsonObject[]; mark: JsonObject }[] = []
  /** Ids of calls as they came, and as they are written. */
  readonly #ids = new Map<string, string>()
  readonly #written = new Set<string>()
  readonly #documents = new Set<string>()

  constructor(target: WireTarget) {
    this.target = target
    this.losses = new Losses(target)
    this.isClaude = target.quirks.converseReasoning === 'anthropic'
  }

  /** @param field as `Quirks.unsupported` names it: by its wire name. */
  takes(field: string): boolean {
    return !this.target.quirks.unsupported?.includes(field)
  }

  /** Lets a prompt cache end after the last of the blocks. To be called in the order of the prompt. */
  mark(blocks: JsonObject[], cache: Cache | undefined): void {
    if (cache === undefined || blocks.length === 0 || isMark(blocks.at(-1))) return
    if (!this.takes('cachePoint')) {
      this.losses.hint('cache_control')
      return
    }
    const mark = { cachePoint: { type: 'default', ...cache } }
    blocks.push(mark)
    this.#marks.push({ blocks, mark })
  }

  /** Takes away the first marks where there are too many: the last ones cover most of the prompt. */
  trimMarks(): void {
    const excess = this.#marks.length - maxMarks
    for (const { blocks, mark } of this.#marks.slice(0, Math.max(0, excess))) {
      blocks.splice(blocks.indexOf(mark), 1)
      this.losses.hint('cache_control')
    }
  }

  /**
   * The id of a call as the provider takes it: the same for the call and its result, and no other call's.
   * It depends on nothing that comes later, so a prompt that grows stays the same up to there.
   */
  idOf(id: string): string {
    const known = this.#ids.get(id)
    if (known !== undefined) return known
    const isShort = this.target.quirks.shortToolCallIds === true
    const legal = isShort ? shortCallId(id) : legalId(id)
    let written = legal
    for (let other = 1; this.#written.has(written); other++) {
      written =
        legal.slice(0, (isShort ? shortIdLength : maxIdLength) - String(other).length) + other
    }
    this.#ids.set(id, written)
    this.#written.add(written)
    return written
  }

  /** The name of a tool that was called, in letters that are taken. The tools on offer keep theirs. */
  nameOf(name: string): string {
    return name.replace(/[^a-zA-Z0-9_-]/g, '_').slice(0, maxNameLength) || '_'
  }

  /** A name for a document that is taken as it is and that no other document has. */
  documentName(name: string | undefined): string {
    const legal = (name ?? '')
      .replace(/[^a-zA-Z0-9\s()[\]-]/g, '-')
      .replace(/\s+/g, ' ')
      .trim()
      .slice(0, maxDocumentNameLength - 6)
      .trimEnd()
    const base = legal || 'document'
    let unique = base
    for (let other = 2; this.#documents.has(unique); other++) unique = `${base} (${other})`
    this.#documents.add(unique)
    return unique
  }

  /** @throws HubError `invalid_request`, always. */
  refuse(param: string, message: string): never {
    throw new HubError('invalid_request', message, { param })
  }
}

function isMark(block: JsonObject | undefined): boolean {
  return block !== undefined && 'cachePoint' in block
}

function legalId(id: string): string {
  return id.replace(/[^a-zA-Z0-9_.:-]/g, '_').slice(0, maxIdLength) || '_'
}
