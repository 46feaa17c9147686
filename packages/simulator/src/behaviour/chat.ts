import { Problem } from '../problem.ts'
import { createRandom, hash, type Random } from '../random.ts'
import { countTokens, splitTokens } from '../tokens.ts'
import type { Answer, ChatOutcome, Question, Turn } from './chat-types.ts'
import { imageTokens } from './image-tokens.ts'
import type { Persona } from './models.ts'
import { instanceOf } from './schema/instance.ts'
import { chatText, excerpt, lastQuestion, reasoningText, toolResultText } from './text.ts'
import { chooseCalls } from './tool-choice.ts'
import { visionText } from './vision.ts'

/** What every message costs beside its text, and every request beside its messages. */
const tokensPerTurn = 4
const tokensPerRequest = 3
/** What one request may hold, and all its answers together: the simulator shares its host's memory. */
const contextTokens = 131_072

/**
 * What the model of this persona says to `question`. The same question and seed give the same answer.
 * @throws Problem `contextLength`, or for what the persona cannot do, such as an image that is none.
 */
export function answerChat(question: Question, persona: Persona, seed: number): ChatOutcome {
  const input = promptTokens(question)
  if (input > contextTokens) {
    const message = `This request has ${input} tokens; the model takes ${contextTokens}. Shorten it.`
    throw new Problem('contextLength', message, 'messages')
  }
  const inputSeed = question.turns.reduce(
    (sum, { text }) => hash(text, sum),
    (seed ^ (question.seed ?? 0)) >>> 0,
  )
  const answers: Answer[] = []
  for (let choice = 0; choice < question.choices; choice++) {
    answers.push(oneAnswer(question, persona, createRandom(inputSeed + choice)))
  }
  const reasoning = answers.reduce((sum, answer) => sum + answer.reasoning.length, 0)
  const output = answers.reduce((sum, answer) => sum + outputTokens(answer), 0)
  const cached = cachedTokens(question.turns)
  return { answers, usage: { input, cached, output, reasoning, total: input + output } }
}

function oneAnswer(question: Question, persona: Persona, random: Random): Answer {
  const answer: Answer = { reasoning: [], text: [], calls: [], finish: 'stop' }
  if (persona === 'reason') answer.reasoning = splitTokens(reasoningText(question))
  if (persona !== 'echo') answer.calls = chooseCalls(question, persona === 'tools', random)
  if (answer.calls.length > 0) answer.finish = 'toolCalls'
  else answer.text = splitTokens(beforeStop(textOf(question, persona, random), question.stop))
  const most = Math.floor(contextTokens / question.choices)
  limitTokens(answer, Math.min(question.maxTokens ?? most, most))
  return answer
}

function textOf(question: Question, persona: Persona, random: Random): string {
  const { format, turns } = question
  if (persona === 'echo') return lastQuestion(turns)
  if (format.type === 'schema') {
    return JSON.stringify(instanceOf(format.schema, { random, param: format.param }))
  }
  const answer = toolResultText(turns) ?? ownText(question, persona) ?? chatText(question, random)
  if (format.type === 'text') return answer
  return JSON.stringify({ simulated: true, question: excerpt(lastQuestion(turns)), answer })
}

/** What this persona says and no other. */
function ownText({ turns, tools }: Question, persona: Persona): string | undefined {
  if (persona === 'vision') return visionText(turns)
  return persona === 'tools' ? noToolText(tools.map(({ name }) => name)) : undefined
}

function noToolText(names: readonly string[]): string | undefined {
  if (names.length === 0) return undefined
  const list = names.map((name) => `\`${name}\``).join(', ')
  return `I am a simulator, and none of the tools I was given (${list}) is named in your question. Mention one, and I will call it.`
}

/** The text before the first stop sequence in it. */
function beforeStop(text: string, stop: readonly string[]): string {
  const positions = stop.map((sequence) => text.indexOf(sequence)).filter((at) => at >= 0)
  return positions.length === 0 ? text : text.slice(0, Math.min(...positions))
}

/** Reasoning comes first and uses up the same allowance. */
function limitTokens(answer: Answer, most: number): void {
  if (outputTokens(answer) <= most) return
  let left = most
  const take = (tokens: string[]) => {
    const taken = tokens.slice(0, left)
    left -= taken.length
    return taken
  }
  answer.reasoning = take(answer.reasoning)
  answer.text = take(answer.text)
  answer.calls = answer.calls
    .map((call) => ({ ...call, input: take(call.input) }))
    .filter((call) => call.input.length > 0)
  answer.finish = 'length'
}

function outputTokens({ reasoning, text, calls }: Answer): number {
  return calls.reduce((sum, { input }) => sum + input.length, reasoning.length + text.length)
}

function turnTokens(turn: Turn): number {
  let tokens = tokensPerTurn + countTokens(turn.text) + turn.attachmentTokens
  for (const image of turn.images) tokens += imageTokens(image)
  for (const { name, input } of turn.calls) tokens += countTokens(name) + countTokens(input)
  return tokens
}

function promptTokens({ turns, tools, format }: Question): number {
  let tokens = tokensPerRequest
  for (const turn of turns) tokens += turnTokens(turn)
  for (const { name, description, schema } of tools) {
    tokens += countTokens(name) + countTokens(description) + countTokens(JSON.stringify(schema))
  }
  if (format.type === 'schema') tokens += countTokens(JSON.stringify(format.schema))
  return tokens
}

const cacheFloor = 1024
const cacheStep = 128

/**
 * What a provider's prompt cache would know: everything before the assistant's last turn has been
 * sent before. In steps of 128 from 1024 tokens on, as OpenAI's prompt caching guide has it.
 */
function cachedTokens(turns: readonly Turn[]): number {
  const end = turns.findLastIndex((turn) => turn.role === 'assistant')
  if (end <= 0) return 0
  const known = turns.slice(0, end).reduce((sum, turn) => sum + turnTokens(turn), 0)
  return known < cacheFloor ? 0 : known - (known % cacheStep)
}
