import {
  type CallAddress,
  type Caller,
  type ChatEvent,
  type ChatRequest,
  foldChat,
  type Headers,
  HubError,
  type InboundDialect,
  type JsonBody,
  type Message,
  type Operation,
  type ReplyContext,
  type RequestOf,
  type Target,
} from '@aigne-hub/protocol'

/** What is kept of an answer, so that a later call can continue it by its id. */
export interface StoredAnswer {
  accountId: string
  id: string
  /** Where the provider keeps the answer; the chain goes on there, with the same credential. */
  at?: PinnedTarget
  /** Otherwise: the answer this one continues, what this turn added, and the body the caller got. */
  previousId?: string
  messages?: readonly Message[]
  body?: string
}

/** The only target a call may go to. */
export interface PinnedTarget {
  provider: string
  credentialId: string
}

/** A conversation that was stored: where it goes on, or everything said in it. */
export type StoredChain = { at: PinnedTarget } | { messages: readonly Message[] }

/** Keeps answers for callers who continue them by their id. */
export interface AnswerStore {
  /** The conversation up to this answer; undefined for an id that is unknown, old or another account's. */
  find(accountId: string, id: string): Promise<StoredChain | undefined>
  /** The body of an answer that was kept with its words, as its caller got it. */
  read(accountId: string, id: string): Promise<string | undefined>
  /** Resolves once the answer is safe. */
  keep(answer: StoredAnswer): Promise<void>
}

/** What was asked, in bytes and in words. */
interface Asked<O extends Operation> {
  body: JsonBody
  asked: RequestOf<O>
}

/** What a call continues, and how its answer is kept. */
export interface Conversation<O extends Operation = Operation> extends Asked<O> {
  /** What was asked, with everything said before. */
  request: RequestOf<O>
  /** The body does not hold the whole conversation. */
  isRewritten?: boolean
  pin?: PinnedTarget
  /** Absent when the answer is not kept. */
  keeper?: AnswerKeeper
}

interface OpeningCall<O extends Operation> {
  dialect: InboundDialect<O>
  headers: Headers
  address: CallAddress
  caller: Caller
  requestId: string
}

/**
 * The conversation of a call. In dialects whose answers can be continued, the hub says what is stored: a
 * provider must not keep what the caller thinks is here, nor the other way round.
 * @throws HubError `previous_response_not_found`.
 */
export function openConversation<O extends Operation>(
  call: OpeningCall<O>,
  { body, asked }: Asked<O>,
  store: AnswerStore | undefined,
): Conversation<O> | Promise<Conversation<O>> {
  const { storedAnswers } = call.dialect
  if (!storedAnswers || !('messages' in asked)) return { body, asked, request: asked }
  const { essential } = asked.extensions ?? {}
  const uncontrolled = essential?.find((name) => storedAnswers.uncontrolled.includes(name))
  if (uncontrolled !== undefined) throw outOfReach(uncontrolled)
  const referred = store ? storedAnswers.referredTo(body) : []
  if (store && referred.length > 0) {
    return dereferenced(call, body, referred, store).then((whole) =>
      continueStored(call, whole, store),
    )
  }
  return continueStored(call, { body, asked }, store)
}

function outOfReach(param: string): HubError {
  return new HubError(
    'unsupported_parameter',
    `${param} is not supported: what it keeps at a provider could not be told apart by account. Leave it out; previous_response_id continues a conversation.`,
    { param },
  )
}

/** Each is looked up. */
const maxReferred = 500

/** What was asked, with the pieces of stored answers it refers to in their places. */
async function dereferenced<O extends Operation>(
  { dialect, headers, address, caller }: OpeningCall<O>,
  body: JsonBody,
  referred: readonly string[],
  store: AnswerStore,
): Promise<Asked<O>> {
  if (referred.length > maxReferred) {
    throw new HubError(
      'invalid_request',
      `The input refers to items of ${referred.length} stored responses; ${maxReferred} is the most. Send the items themselves, or continue by previous_response_id.`,
      { param: 'input' },
    )
  }
  const found = await Promise.all(referred.map((id) => store.read(caller.accountId, id)))
  const answers = found.filter((answer) => answer !== undefined)
  const whole = dialect.storedAnswers?.dereference(body, answers) ?? body
  return { body: whole, asked: dialect.readRequest(whole, headers, address) }
}

function continueStored<O extends Operation>(
  call: OpeningCall<O>,
  { body, asked }: Asked<O>,
  store: AnswerStore | undefined,
): Conversation<O> | Promise<Conversation<O>> {
  const chat: ChatRequest = asked as ChatRequest
  chat.store = store !== undefined && chat.store !== false
  const keeper = store && chat.store ? new AnswerKeeper(store, call, chat) : undefined
  const conversation = { body, asked, request: asked, ...(keeper && { keeper }) }
  const { previousResponseId } = chat
  if (previousResponseId === undefined) return conversation
  return findStored(chat, previousResponseId, call.caller.accountId, store).then((continued) => ({
    ...conversation,
    ...(continued as Partial<Conversation<O>>),
  }))
}

async function findStored(
  request: ChatRequest,
  previousId: string,
  accountId: string,
  store: AnswerStore | undefined,
): Promise<Partial<Conversation<'chat'>>> {
  const chain = await store?.find(accountId, previousId)
  if (!chain) {
    const reason = store
      ? 'is not stored here: it is unknown, has expired, or was made with store: false'
      : 'cannot be continued: this hub does not store responses'
    throw new HubError(
      'previous_response_not_found',
      `The response "${previousId.slice(0, 100)}" ${reason}. Send the whole conversation as input instead.`,
      { param: 'previous_response_id' },
    )
  }
  if ('at' in chain) return { pin: chain.at }
  const { previousResponseId: _, ...rest } = request
  const isInstruction = (message: Message) => message.isInstruction === true
  const messages = [
    ...request.messages.filter(isInstruction),
    ...chain.messages,
    ...request.messages.filter((message) => !isInstruction(message)),
  ]
  return { request: { ...rest, messages }, isRewritten: true }
}

/** A provider that keeps the conversation must be able to take what comes next as it is. */
export function keptElsewhere({ provider }: PinnedTarget): HubError {
  return new HubError(
    'invalid_request',
    `The conversation of previous_response_id is kept at ${provider}, and what this request adds to it cannot be passed on unchanged. Send the whole conversation as input instead.`,
    { param: 'previous_response_id' },
  )
}

/** Keeps the answer to one call. */
export class AnswerKeeper {
  readonly #store: AnswerStore
  readonly #dialect: InboundDialect<'chat'>
  readonly #accountId: string
  /** As the caller sent it. */
  readonly #asked: ChatRequest
  /** The id of an answer that we write. */
  readonly answerId: string

  constructor(
    store: AnswerStore,
    {
      dialect,
      caller,
      requestId,
    }: Pick<OpeningCall<Operation>, 'dialect' | 'caller' | 'requestId'>,
    asked: ChatRequest,
  ) {
    this.#store = store
    this.#dialect = dialect as InboundDialect as InboundDialect<'chat'>
    this.#accountId = caller.accountId
    this.#asked = asked
    this.answerId = dialect.storedAnswers?.idFor(requestId) ?? requestId
  }

  /**
   * An answer that was passed on as it is: the provider keeps it. Without an id it cannot be continued.
   * @param answer its id, or the whole of it.
   */
  async keepPlace(answer: string | Uint8Array | undefined, target: Target): Promise<void> {
    const id = answer instanceof Uint8Array ? this.#dialect.storedAnswers?.readId(answer) : answer
    if (id === undefined) return
    const { provider, credential } = target
    const at = { provider: provider.id, credentialId: credential.id }
    await this.#store.keep({ accountId: this.#accountId, id, at })
  }

  /** An answer that we wrote, in this context. */
  async keepSaid(events: readonly ChatEvent[], context: ReplyContext): Promise<void> {
    const [choice] = foldChat(events).choices
    if (!choice) return
    const { messages, previousResponseId } = this.#asked
    await this.#store.keep({
      accountId: this.#accountId,
      id: this.answerId,
      ...(previousResponseId !== undefined && { previousId: previousResponseId }),
      messages: [
        ...messages.filter(({ isInstruction }) => !isInstruction),
        { role: 'assistant', parts: choice.parts },
      ],
      body: this.#dialect.writeResponse(context as ReplyContext<'chat'>, [...events]),
    })
  }
}
