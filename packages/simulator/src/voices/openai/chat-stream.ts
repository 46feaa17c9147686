import type { Answer, ChatOutcome, Question } from '../../behaviour/chat-types.ts'
import type { Random } from '../../random.ts'
import type { Step } from '../../reply.ts'
import { splitTokens } from '../../tokens.ts'
import type { VoiceContext } from '../voice.ts'
import { callId, fingerprint, finishReasons, writeLogprob, writeUsage } from './chat-parts.ts'
import type { ChatOptions } from './chat-request.ts'
import { createPadding } from './padding.ts'

/** One chunk of one choice: what goes into `choices`, and how many tokens it is worth. */
interface Delta {
  choice: string
  tokens: number
}

/** A stream of `chat.completion.chunk`, one step an event. */
export function writeChatStream(
  question: Question,
  outcome: ChatOutcome,
  options: ChatOptions,
  { random, nowMs }: VoiceContext,
): Step[] {
  // Only what differs between chunks is written again: the frame around it is text already.
  const head = `data: {"id":"chatcmpl-${random.id(29)}","object":"chat.completion.chunk","created":${Math.floor(nowMs / 1000)},"model":${JSON.stringify(question.model)},"service_tier":"default","system_fingerprint":"${fingerprint}","choices":[`
  const tail = options.includeUsage ? '],"usage":null' : ']'
  const padding = options.obfuscation ? createPadding(random) : () => ''
  const steps: Step[] = []
  for (const { choice, tokens } of interleave(outcome.answers, options, random)) {
    steps.push({ send: `${head}${choice}${tail}${padding()}}\n\n`, tokens })
  }
  if (options.includeUsage && outcome.usage) {
    const usage = JSON.stringify(writeUsage(outcome.usage))
    steps.push({ send: `${head}],"usage":${usage}}\n\n`, tokens: 0 })
  }
  steps.push({ send: 'data: [DONE]\n\n', tokens: 0 })
  return steps
}

/** The chunks of several answers take turns. */
function interleave(answers: readonly Answer[], options: ChatOptions, random: Random): Delta[] {
  const streams = answers.map((answer, index) => deltasOf(answer, index, options, random))
  const [only] = streams
  if (only && streams.length === 1) return only
  const longest = Math.max(...streams.map((stream) => stream.length))
  const deltas: Delta[] = []
  for (let at = 0; at < longest; at++) {
    for (const stream of streams) {
      const delta = stream[at]
      if (delta) deltas.push(delta)
    }
  }
  return deltas
}

function deltasOf(answer: Answer, index: number, options: ChatOptions, random: Random): Delta[] {
  const { topLogprobs } = options
  const head = `{"index":${index},"delta":`
  const unfinished = ',"finish_reason":null}'
  const tail = topLogprobs === undefined ? unfinished : `,"logprobs":null${unfinished}`
  const deltas: Delta[] = []
  const add = (delta: string, tokens: number) => {
    deltas.push({ choice: `${head}${delta}${tail}`, tokens })
  }
  const hasCalls = answer.calls.length > 0
  if (answer.refusal !== undefined) add('{"role":"assistant","content":null}', 0)
  else if (!hasCalls) add('{"role":"assistant","content":"","refusal":null}', 0)
  else if (answer.reasoning.length > 0) add('{"role":"assistant","content":null}', 0)
  for (const token of answer.reasoning) add(`{"reasoning_content":${JSON.stringify(token)}}`, 1)
  for (const token of answer.text) {
    const delta = `{"content":${JSON.stringify(token)}}`
    if (topLogprobs === undefined) add(delta, 1)
    else {
      const logprob = JSON.stringify(writeLogprob(token, topLogprobs))
      const choice = `${head}${delta},"logprobs":{"content":[${logprob}],"refusal":null}${unfinished}`
      deltas.push({ choice, tokens: 1 })
    }
  }
  for (const token of splitTokens(answer.refusal ?? '')) {
    add(`{"refusal":${JSON.stringify(token)}}`, 1)
  }
  addCalls(answer, random, add)
  const finish = finishReasons[answer.finish]
  const end = topLogprobs === undefined ? '' : ',"logprobs":null'
  deltas.push({ choice: `${head}{}${end},"finish_reason":"${finish}"}`, tokens: 0 })
  return deltas
}

/** Id and name come once, in the first delta of a call; the first call's brings the role along. */
function addCalls(
  { calls, reasoning }: Answer,
  random: Random,
  add: (delta: string, tokens: number) => void,
): void {
  calls.forEach(({ name, kind, input }, index) => {
    const field = kind === 'custom' ? 'input' : 'arguments'
    const opened = `{"index":${index},"id":"${callId(random)}","type":"${kind}","${kind}":{"name":${JSON.stringify(name)},"${field}":""}}`
    const isFirst = index === 0 && reasoning.length === 0
    const role = isFirst ? '"role":"assistant","content":null,' : ''
    add(`{${role}"tool_calls":[${opened}]}`, 0)
    for (const token of input) {
      const piece = JSON.stringify(token)
      add(`{"tool_calls":[{"index":${index},"${kind}":{"${field}":${piece}}}]}`, 1)
    }
  })
}
