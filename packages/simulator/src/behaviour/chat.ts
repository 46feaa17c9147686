import { Problem } from '../problem.ts'
import { createRandom, hash, type Random } from '../random.ts'
import { countTokens, splitTokens } from '../tokens.ts'
import type { Answer, ChatOutcome, Question } from './chat-types.ts'
import type { Persona } from './models.ts'
import { phrasesFor } from './phrases.ts'
import { cacheUsage, promptTokens } from './prompt-tokens.ts'
import { instanceOf } from './schema/instance.ts'
import { signatureOf } from './signature.ts'
import { chatText, excerpt, lastQuestion, reasoningText, toolResultText } from './text.ts'
import { chooseCalls } from './tool-choice.ts'
import { visionText } from './vision.ts'

/** What one request may hold, and all its answers together: the simulator shares its host's memory. */
export const contextTokens = 131_072

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
  const cache = cacheUsage(question, persona, input)
  return { answers, usage: { input, ...cache, output, reasoning, total: input + output } }
}

function oneAnswer(question: Question, persona: Persona, random: Random): Answer {
  const answer: Answer = { reasoning: [], text: [], calls: [], finish: 'stop' }
  if (persona === 'refuse') return refused(answer, question)
  const thinks = persona === 'reason' && question.effort !== 'none'
  if (thinks) answer.reasoning = splitTokens(reasoningText(question))
  if (persona !== 'echo') {
    answer.calls = chooseCalls(question, persona === 'tools' || persona === 'reason', random)
  }
  if (answer.calls.length > 0) answer.finish = 'toolCalls'
  else stopAt(answer, textOf(question, persona, random), question.stop)
  const most = Math.floor(contextTokens / question.choices)
  limitTokens(answer, Math.min(question.maxTokens ?? most, most))
  if (thinks) answer.signature = signatureOf(answer.reasoning.join(''))
  return answer
}

function refused(answer: Answer, { turns }: Question): Answer {
  answer.refusal = phrasesFor(lastQuestion(turns)).refusal
  answer.finish = 'refusal'
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

/** The answer's text is what comes before the first stop sequence in `text`. */
function stopAt(answer: Answer, text: string, stop: readonly string[]): void {
  let end = text.length
  for (const sequence of stop) {
    const at = text.indexOf(sequence)
    if (at < 0 || at >= end) continue
    end = at
    answer.finish = 'stopSequence'
    answer.stopSequence = sequence
  }
  answer.text = splitTokens(text.slice(0, end))
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
  delete answer.stopSequence
}

function outputTokens({ reasoning, text, calls, refusal = '' }: Answer): number {
  const inWords = reasoning.length + text.length + countTokens(refusal)
  return calls.reduce((sum, { input }) => sum + input.length, inWords)
}
