// Messages that go to a provider: turns of the user and the assistant, one after the other.

import type {
  ChatRequest,
  JsonObject,
  Message,
  Part,
  ReasoningPart,
  ToolCallPart,
  ToolResultPart,
} from '@aigne-hub/protocol'
import { inputObject } from '../anthropic-messages/tool-call.ts'
import { resultsBehindCalls } from '../openai-chat/result-order.ts'
import { ownSignature } from '../signature.ts'
import { writeMedia } from './media.ts'
import type { WriteContext } from './write-context.ts'

type Role = 'user' | 'assistant'

/** A turn as it takes shape: in a user's, the results of tools come first. */
interface Turn {
  role: Role
  results: JsonObject[]
  blocks: JsonObject[]
}

export interface WrittenMessages {
  /** Blocks of the system prompt. */
  system: JsonObject[]
  messages: JsonObject[]
  /** The last turn continues a call of tools, and nothing of its thoughts is left. */
  lacksThought: boolean
}

/** Opens a conversation that begins with the assistant: the first turn has to be the user's. */
const opening = '(The conversation begins.)'
/** Stands beside documents that come without a word: there has to be one. */
const besideDocuments = '(See the attached documents.)'
/** What a tool gave that gave nothing: a block without text would be refused. */
const noOutput = '(no output)'

/** Whether tools were called in the conversation so far. */
export function hasToolBlocks({ messages }: ChatRequest): boolean {
  return messages.some(({ parts }) =>
    parts.some(({ type }) => type === 'toolCall' || type === 'toolResult'),
  )
}

/**
 * @param inWords calls of tools and their results are told: without `toolConfig` they have no blocks.
 * @throws HubError `unsupported_parameter` for a part that Converse has no words for, `invalid_request`
 *   when nobody says anything or the input of a call is no JSON object.
 */
export function writeMessages(
  { messages, cacheAuto }: ChatRequest,
  inWords: boolean,
  context: WriteContext,
): WrittenMessages {
  const writer = new MessagesWriter(inWords, context)
  let isLeading = context.takes('system')
  resultsBehindCalls(messages).forEach((message, index) => {
    isLeading &&= message.role === 'system' || message.role === 'developer'
    if (message.name !== undefined) context.losses.hint('messages.name')
    writer.message(message, `messages[${index}]`, isLeading)
  })
  return writer.end(cacheAuto ?? false)
}

class MessagesWriter {
  readonly #inWords: boolean
  readonly #context: WriteContext
  readonly #system: JsonObject[] = []
  readonly #turns: Turn[] = []
  /** The tools that were called, by the id of the call. */
  readonly #names = new Map<string, string>()

  constructor(inWords: boolean, context: WriteContext) {
    this.#inWords = inWords
    this.#context = context
  }

  message(message: Message, at: string, isSystem: boolean): void {
    const role: Role = message.role === 'assistant' ? 'assistant' : 'user'
    let last: JsonObject[] | undefined
    for (const part of message.parts) {
      const isResult = part.type === 'toolResult' && !this.#inWords
      for (const block of this.#write(part, message.role, at)) {
        last = isSystem ? this.#system : this.#place(role, isResult)
        last.push(block)
      }
      if (part.type === 'reasoning') last = undefined
      else if (last) this.#context.mark(last, cacheOf(part))
    }
    if (last) this.#context.mark(last, message.cache)
  }

  end(cacheAuto: boolean): WrittenMessages {
    const turns = this.#turns
    const { losses } = this.#context
    let system = this.#system
    // Nobody but the system speaks: what it says is said by the user.
    if (turns.length === 0) {
      if (system.length === 0) {
        this.#context.refuse(
          'messages',
          'messages must hold some text or another part that is not empty.',
        )
      }
      turns.push({ role: 'user', results: [], blocks: system })
      system = []
    }
    if (turns[0]?.role === 'assistant') {
      turns.unshift({ role: 'user', results: [], blocks: [{ text: opening }] })
    }
    const last = turns.at(-1) as Turn
    if (last.role === 'assistant') trimLastText(last.blocks)
    else if (cacheAuto) this.#context.mark(last.blocks.length > 0 ? last.blocks : last.results, {})
    if (last.role === 'assistant' && cacheAuto) losses.hint('cache_control')
    for (const { role, blocks } of turns) if (role === 'user') addTextBesideDocuments(blocks)
    this.#context.trimMarks()
    return {
      system,
      messages: turns.map(({ role, results, blocks }) => ({
        role,
        content: results.length === 0 ? blocks : [...results, ...blocks],
      })),
      lacksThought: lacksThought(turns),
    }
  }

  /** Where the next block of this role goes. Neighbours of one role become one turn. */
  #place(role: Role, isResult: boolean): JsonObject[] {
    let turn = this.#turns.at(-1)
    if (turn?.role !== role) {
      turn = { role, results: [], blocks: [] }
      this.#turns.push(turn)
    }
    return isResult ? turn.results : turn.blocks
  }

  /** The blocks of a part; none for one that says nothing. */
  #write(part: Part, role: Message['role'], at: string): JsonObject[] {
    const { losses } = this.#context
    // Only thoughts have signatures here.
    if (part.signature && part.type !== 'reasoning') losses.hint('signature')
    switch (part.type) {
      case 'text':
      case 'refusal':
        return textBlocks(part.text)
      case 'reasoning':
        return role === 'assistant' ? writeOwnThought(part, this.#context) : []
      case 'media':
        return role === 'user' || role === 'tool' ? this.#media(part, at) : this.#lose(at)
      case 'toolCall':
        return [this.#call(part, at)]
      case 'toolResult':
        return this.#inWords ? this.#toldResult(part, at) : [this.#result(part, at)]
      case 'serverTool':
      case 'native':
        return this.#lose(at)
    }
  }

  #lose(at: string): JsonObject[] {
    this.#context.losses.meaning(at)
    return []
  }

  #media(part: Part & { type: 'media' }, at: string): JsonObject[] {
    const block = writeMedia(part, this.#context)
    return block ? [block] : this.#lose(at)
  }

  #call(call: ToolCallPart, at: string): JsonObject {
    const context = this.#context
    this.#names.set(call.id, call.name)
    if (this.#inWords) return { text: `(Called the tool ${call.name} with ${call.input || '{}'}.)` }
    const input = inputObject(call)
    if (input === undefined) {
      return context.refuse(
        at,
        `${at} calls a tool with an input that is no JSON object, which Amazon Bedrock does not take. Send the arguments as one JSON object.`,
      )
    }
    return { toolUse: { toolUseId: context.idOf(call.id), name: context.nameOf(call.name), input } }
  }

  #result({ callId, content, isError }: ToolResultPart, at: string): JsonObject {
    const blocks = content.flatMap((part) => this.#resultPart(part, at))
    return {
      toolResult: {
        toolUseId: this.#context.idOf(callId),
        content: blocks.length > 0 ? blocks : [{ text: noOutput }],
        ...(isError && { status: 'error' }),
      },
    }
  }

  #resultPart(part: Part, at: string): JsonObject[] {
    if (part.type === 'text' || part.type === 'refusal') return textBlocks(part.text)
    if (part.type === 'reasoning') return []
    const isTaken = part.type === 'media' && part.kind !== 'audio'
    return isTaken ? this.#media(part, at) : this.#lose(at)
  }

  #toldResult({ callId, name, content, isError }: ToolResultPart, at: string): JsonObject[] {
    const tool = name ?? this.#names.get(callId)
    const whose = tool === undefined ? 'A tool' : `The tool ${tool}`
    const said = content
      .flatMap((part) => (part.type === 'text' || part.type === 'refusal' ? [part.text] : []))
      .join('\n')
    const others = content.filter(({ type }) => type !== 'text' && type !== 'refusal')
    return [
      { text: `(${whose} ${isError ? 'failed' : 'answered'}: ${said.trim() ? said : noOutput})` },
      ...others.flatMap((part) => this.#resultPart(part, at)),
    ]
  }
}

/** Blank text would be refused. */
function textBlocks(text: string): JsonObject[] {
  return text.trim() === '' ? [] : [{ text }]
}

/** A result's cache may end after any piece of it; it can only end after the whole. */
function cacheOf(part: Part): Part['cache'] {
  if (part.cache || part.type !== 'toolResult') return part.cache
  return part.content.findLast(({ cache }) => cache)?.cache
}

/**
 * A thought goes back only with the proof that this provider gave it: anything else would be refused, and
 * is dropped.
 */
function writeOwnThought(part: ReasoningPart, context: WriteContext): JsonObject[] {
  const { signature, redacted, text, cache } = part
  const { losses, target } = context
  if (cache) losses.hint('cache_control')
  const own = ownSignature(signature, target, losses)
  if (own === undefined) {
    if (signature === undefined) losses.hint('reasoning')
    return []
  }
  if (redacted !== undefined && own === '') {
    return [{ reasoningContent: { redactedContent: redacted } }]
  }
  if (own === '') {
    losses.hint('signature')
    return []
  }
  return [{ reasoningContent: { reasoningText: { text: text ?? '', signature: own } } }]
}

/** White space at the end of what the assistant is to continue would be refused. */
function trimLastText(blocks: JsonObject[]): void {
  const last = blocks.findLast((block) => !('cachePoint' in block))
  if (typeof last?.text === 'string') last.text = last.text.trimEnd()
}

function addTextBesideDocuments(blocks: JsonObject[]): void {
  const hasDocument = blocks.some((block) => 'document' in block)
  if (hasDocument && !blocks.some((block) => 'text' in block)) {
    blocks.push({ text: besideDocuments })
  }
}

function lacksThought(turns: readonly Turn[]): boolean {
  const [before, last] = turns.slice(-2)
  if (before?.role !== 'assistant' || (last?.results.length ?? 0) === 0) return false
  const [first] = before.blocks
  return first === undefined || !('reasoningContent' in first)
}
