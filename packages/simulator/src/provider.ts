import { type Behaviour, createBehaviour, type Outcome } from './behaviour/index.ts'
import type { SimulatedOperation } from './behaviour/models.ts'
import type { Clock } from './clock.ts'
import type { Fault, FaultContext } from './fault.ts'
import { type FaultName, faults } from './faults.ts'
import type { Json } from './json.ts'
import { Kept, type KeptFile, type KeptJob, type KeptResponse } from './kept.ts'
import { Problem, type ProblemKind } from './problem.ts'
import { createRandom, hash } from './random.ts'
import type { Reply } from './reply.ts'
import type { OpenRequest, RequestLog } from './request-log.ts'
import { voiceAt } from './voices/index.ts'
import type { Voice, VoiceContext } from './voices/voice.ts'

/** A request as it came in, over a socket or in process. */
export interface ArrivedRequest {
  method: string
  /** With the query, without the origin. */
  path: string
  /** Names are lower-case. */
  headers: Readonly<Record<string, string>>
  body: string | Uint8Array | undefined
}

/** The provider apart from any connection: a request in, a reply out. */
export interface Provider {
  readonly behaviour: Behaviour
  /** The fault of the next request, and of those after it. */
  script(names: readonly FaultName[]): void
  /** Never throws. */
  answer(arrived: ArrivedRequest): { reply: Reply; request: OpenRequest }
}

export interface ProviderOptions {
  seed: number
  clock: Clock
  log: RequestLog
  /** Faults by model. */
  faults: Readonly<Record<string, FaultName>>
  /** Keys that are accepted; undefined = all, and none. */
  keys: readonly string[] | undefined
}

/** How many answers can be asked for again, or built on. */
const keptResponses = 1000
/** How many files can be fetched: they are large. */
const keptFiles = 100

export function createProvider({
  seed,
  clock,
  log,
  faults: byModel,
  keys,
}: ProviderOptions): Provider {
  const behaviour = createBehaviour(seed, byModel)
  const scripted: FaultName[] = []
  const drawn = new Map<string, number>()
  const kept = new Kept<KeptResponse>(keptResponses)
  const files = new Kept<KeptFile>(keptFiles)
  const jobs = new Kept<KeptJob>(keptResponses)

  /** The same sequence for a model, whatever is asked of others. */
  const draw = (model: string) => {
    const count = drawn.get(model) ?? 0
    drawn.set(model, count + 1)
    return createRandom(hash(model, seed) + count).fraction()
  }

  return {
    behaviour,
    script: (names) => void scripted.push(...names),
    answer({ method, path, headers, body }) {
      const read = readJson(body)
      const request = log.open({ method, path, headers, body: read })
      const nowMs = clock.now()
      const random = createRandom(hash('request', seed) + request.number)
      const scriptedFault = scripted.shift()
      const faulted = withFaults(behaviour, scriptedFault && faults[scriptedFault])
      const requestId = random.id(24)
      const context: VoiceContext = {
        behaviour: faulted.behaviour,
        requestId,
        random,
        nowMs,
        kept,
        files,
        jobs,
      }
      const [barePath = path, query] = path.split('?', 2)
      const { voice, path: vendorPath } = voiceAt(barePath, headers)
      let reply: Reply
      try {
        const isOpen = voice.isOpen?.(method, vendorPath) ?? false
        if (!isOpen) checkKey(voice, voice.keyOf(headers, query), keys, nowMs)
        const bytes = bytesOf(body)
        const asked = { method, path: vendorPath, target: path, headers, body: read, bytes }
        reply = voice.answer(query === undefined ? asked : { ...asked, query }, context)
      } catch (error) {
        reply = voice.problem(asProblem(error), context)
      }
      const fault = faulted.fault()
      if (fault?.reply) {
        reply = fault.reply(
          reply,
          faultContext(voice, context, () => draw(faulted.model())),
        )
      }
      return { reply, request }
    },
  }
}

function bytesOf(body: string | Uint8Array | undefined): Uint8Array {
  return typeof body === 'string' ? Buffer.from(body) : (body ?? new Uint8Array(0))
}

function readJson(body: string | Uint8Array | undefined): Json | undefined {
  if (body === undefined || body.length === 0) return undefined
  try {
    return JSON.parse(typeof body === 'string' ? body : Buffer.from(body).toString())
  } catch {
    return undefined
  }
}

function checkKey(
  voice: Voice,
  key: string | undefined,
  keys: readonly string[] | undefined,
  nowMs: number,
) {
  if (keys === undefined) return
  if (key !== undefined && (keys.includes(key) || voice.accepts?.(key, nowMs))) return
  const what = key === undefined ? 'There is no API key.' : 'The API key is not valid.'
  const message = voice.keyRefusal?.(key) ?? `${what} Send it as a bearer token.`
  throw new Problem('unauthorized', message)
}

/** A mistake of the simulator's own is a 500 of the provider it plays. */
function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error
  return new Problem('serverError', 'The simulator failed to answer this request.')
}

/** The behaviour with one request's fault in it: the scripted one, else that of the model asked. */
function withFaults(behaviour: Behaviour, scripted: Fault | undefined) {
  let fault = scripted
  let model = ''
  const meet = (id: string, operation: SimulatedOperation) => {
    model = id
    const row = behaviour.model(id, operation)
    if (fault === undefined && row.fault !== undefined) fault = faults[row.fault]
  }
  /** `run`, with the fault of the model that is asked in what it says. */
  const altered =
    <Q extends { model: string }, More extends unknown[], T extends Outcome>(
      operation: SimulatedOperation,
      run: (question: Q, ...more: More) => T,
    ) =>
    (question: Q, ...more: More): T => {
      meet(question.model, operation)
      const outcome = run(question, ...more)
      fault?.alter?.(outcome)
      return outcome
    }
  const faulted: Behaviour = {
    models: behaviour.models,
    model: behaviour.model,
    chat: altered('chat', behaviour.chat),
    countTokens(question) {
      meet(question.model, 'chat')
      return behaviour.countTokens(question)
    },
    embeddings: altered('embeddings', behaviour.embeddings),
    images: altered('images', behaviour.images),
    speech: altered('speech', behaviour.speech),
    transcription: altered('transcription', behaviour.transcription),
    rerank: altered('rerank', behaviour.rerank),
    moderations: altered('moderations', behaviour.moderations),
    video: altered('video', behaviour.video),
  }
  return { behaviour: faulted, fault: () => fault, model: () => model }
}

function faultContext(voice: Voice, context: VoiceContext, draw: () => number): FaultContext {
  const problem = (kind: ProblemKind, message: string) => new Problem(kind, message)
  return {
    problem: (kind, message, headers) => voice.problem(problem(kind, message), context, headers),
    problemFrame: (kind, message, begun) => voice.problemFrame(problem(kind, message), begun),
    nowMs: context.nowMs,
    draw,
  }
}
