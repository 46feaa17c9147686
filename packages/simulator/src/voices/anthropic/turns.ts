// The blocks of messages as turns of a conversation.

import type { Turn } from '../../behaviour/chat-types.ts'
import { isSignatureOf } from '../../behaviour/signature.ts'
import type { Json, JsonObject } from '../../json.ts'
import type { CacheMarks } from './cache-marks.ts'
import { flagIn, invalid, objectIn, onlyFields, refused, textIn } from './fields.ts'
import { blocksIn, type Message, type PlacedBlock, type Role } from './messages.ts'
import { takeDocument, takeImage } from './sources.ts'
import { toolName } from './tools.ts'
import { type ApiVersion, isOfOctober2026 } from './version.ts'

type Take = (block: JsonObject, turn: Turn, path: string) => void

/** What a block may have, who may say it, and how it goes into a turn. */
interface BlockRule {
  fields: ReadonlySet<string>
  roles: readonly Role[]
  take: Take
}

function rule(roles: readonly Role[], take: Take, ...fields: string[]): BlockRule {
  return { fields: new Set(['type', ...fields]), roles, take }
}

const sourced = ['source', 'title', 'citations', 'cache_control']
const result = rule(['user'], () => {}, 'tool_use_id', 'content', 'is_error', 'cache_control')
const rules = new Map<Json | undefined, BlockRule>([
  ['text', rule(['user', 'assistant', 'system'], takeText, 'text', 'citations', 'cache_control')],
  ['image', rule(['user'], takeImage, 'source', 'cache_control')],
  ['document', rule(['user', 'assistant'], takeDocument, 'context', ...sourced)],
  ['search_result', rule(['user'], takeSearchResult, 'content', ...sourced)],
  [
    'tool_use',
    rule(['assistant'], takeCall, 'id', 'name', 'input', 'caller', 'toolset_name', 'cache_control'),
  ],
  ['thinking', rule(['assistant'], takeThinking, 'thinking', 'signature')],
  ['redacted_thinking', rule(['assistant'], takeRedactedThinking, 'data')],
])
/** Blocks of the tools that the vendor runs itself: accepted, and not looked at. */
const serverBlock = /^(server|mcp)_tool_use$|^\w+_tool_result$|^(container_upload|compaction)$/

const callId = /^[a-zA-Z0-9_-]+$/

export function emptyTurn(role: Turn['role']): Turn {
  return { role, text: '', images: [], attachmentTokens: 0, calls: [] }
}

/** @throws Problem naming the block that cannot be read. */
export class TurnReader {
  readonly #turns: Turn[]
  readonly #marks: CacheMarks
  readonly #version: ApiVersion

  /** Appends to `turns`. */
  constructor(turns: Turn[], marks: CacheMarks, version: ApiVersion) {
    this.#turns = turns
    this.#marks = marks
    this.#version = version
  }

  read({ role, blocks }: Message): void {
    let turn: Turn | undefined
    for (const placed of blocks) {
      const { block, path } = placed
      if (block.type === 'tool_result') this.#readResult(placed)
      else {
        turn ??= this.#open(role)
        this.#readBlock(placed, role, turn)
      }
      this.#marks.take(block, this.#turns.length, path)
    }
  }

  #open(role: Turn['role']): Turn {
    const turn = emptyTurn(role)
    this.#turns.push(turn)
    return turn
  }

  #readResult({ block, path }: PlacedBlock): void {
    onlyFields(block, result.fields, path)
    flagIn(block, 'is_error', path)
    const turn = this.#open('tool')
    turn.callId = idIn(block, 'tool_use_id', `${path}.tool_result`)
    if (block.content === undefined) return
    for (const placed of blocksIn(block.content, `${path}.content`)) {
      this.#readBlock(placed, 'user', turn)
      this.#marks.take(placed.block, this.#turns.length, placed.path)
    }
  }

  #readBlock({ block, path }: PlacedBlock, role: Role, turn: Turn): void {
    const known = rules.get(block.type)
    if (known === undefined && serverBlock.test(String(block.type))) return
    if (known === undefined || !known.roles.includes(role)) {
      throw invalid(path, `${role} messages take no block of the type '${block.type}'`)
    }
    onlyFields(block, known.fields, path)
    this.#checkVersion(block, role, path)
    known.take(block, turn, path)
  }

  /** What the version of October 2026 does not take any more. */
  #checkVersion(block: JsonObject, role: Role, path: string): void {
    if (!isOfOctober2026(this.#version)) return
    if (block.type === 'document' && role === 'assistant') {
      throw invalid(path, '`document` blocks are not permitted in assistant messages')
    }
    const { citations } = block
    if (block.type === 'text' && role === 'user' && Array.isArray(citations) && citations[0]) {
      throw invalid(`${path}.citations`, 'citations are not permitted in user messages')
    }
  }
}

function takeText(block: JsonObject, turn: Turn, path: string): void {
  const text = textIn(block, 'text', path)
  checkText(text, 'messages')
  turn.text = turn.text === '' ? text : `${turn.text}\n${text}`
}

/** @throws Problem for a text block that says nothing. */
export function checkText(text: string, path: 'messages' | 'system'): void {
  if (text === '') throw invalid(path, 'text content blocks must be non-empty')
  if (text.trim() === '') {
    throw invalid(path, 'text content blocks must contain non-whitespace text')
  }
}

function idIn(block: JsonObject, name: string, path: string): string {
  const id = textIn(block, name, path)
  if (callId.test(id)) return id
  throw invalid(`${path}.${name}`, `String should match pattern '${callId.source}'`)
}

function takeCall(block: JsonObject, turn: Turn, parentPath: string): void {
  const path = `${parentPath}.tool_use`
  const id = idIn(block, 'id', path)
  const name = textIn(block, 'name', path)
  if (!toolName.test(name)) {
    throw invalid(`${path}.name`, `String should match pattern '${toolName.source}'`)
  }
  const input = objectIn(block.input, `${path}.input`)
  turn.calls.push({ id, name, input: JSON.stringify(input) })
}

function takeSearchResult(block: JsonObject, turn: Turn, path: string): void {
  const texts = blocksIn(block.content, `${path}.content`)
  for (const { block: text, path: textPath } of texts) takeText(text, turn, textPath)
}

function takeRedactedThinking(block: JsonObject, _turn: Turn, path: string): void {
  textIn(block, 'data', `${path}.redacted_thinking`)
}

function takeThinking(block: JsonObject, turn: Turn, path: string): void {
  const text = textIn(block, 'thinking', `${path}.thinking`)
  const signature = textIn(block, 'signature', `${path}.thinking`)
  if (!isSignatureOf(signature, text)) {
    throw invalid(path, 'Invalid `signature` in `thinking` block')
  }
  turn.reasoning ??= []
  turn.reasoning.push({ text, signature })
}

/**
 * Checks that the tool calls of a turn that is still open come with the thoughts before them.
 * @throws Problem when the assistant's last message was replayed without.
 */
export function checkThoughtsReplayed(messages: readonly Message[]): void {
  const [assistant, results] = messages.slice(-2)
  if (!assistant || results?.blocks[0]?.block.type !== 'tool_result') return
  const [first] = assistant.blocks
  const type = first?.block.type
  if (first === undefined || type === 'thinking' || type === 'redacted_thinking') return
  throw refused(
    `${first.path}.type: Expected \`thinking\` or \`redacted_thinking\`, but found \`${type}\`. When \`thinking\` is enabled, a final \`assistant\` message must start with a thinking block.`,
  )
}
