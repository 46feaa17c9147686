import type { Random } from '../random.ts'
import type { Question, Turn } from './chat-types.ts'
import { type Phrases, phrasesFor } from './phrases.ts'

const excerptLength = 80

/** The start of `text` on one line, without cutting a character in two. */
export function excerpt(text: string, length = excerptLength): string {
  const line = text
    .slice(0, 4 * length)
    .replace(/\s+/g, ' ')
    .trim()
  const characters = Array.from(line)
  if (characters.length <= length) return line
  return `${characters.slice(0, length - 1).join('')}…`
}

/** What the user said last. */
export function lastQuestion(turns: readonly Turn[]): string {
  return turns.findLast((turn) => turn.role === 'user')?.text ?? turns.at(-1)?.text ?? ''
}

const greeting = /^\s*(hi|hello|hey|good (morning|evening)|你好|您好|こんにちは)(?![\p{L}])/iu

/** A short answer in Markdown that says what it is. */
export function chatText(question: Question, random: Random): string {
  const asked = lastQuestion(question.turns)
  const phrases = phrasesFor(asked)
  const system = question.turns.find((turn) => turn.role === 'system')
  const paragraphs = [opening(asked, phrases), random.pick(phrases.honest)]
  if (system) paragraphs.push(phrases.systemPrompt(excerpt(system.text)))
  const first = random.below(phrases.tips.length)
  const second = (first + 1 + random.below(phrases.tips.length - 1)) % phrases.tips.length
  paragraphs.push(`- ${phrases.tips[first]}\n- ${phrases.tips[second]}`)
  paragraphs.push(random.pick(phrases.closing))
  return paragraphs.join('\n\n')
}

function opening(asked: string, phrases: Phrases): string {
  if (asked.trim() === '') return phrases.nothingAsked
  const repeated = phrases.asked(excerpt(asked))
  return greeting.test(asked) ? `${phrases.greeting} ${repeated}` : repeated
}

const thoughtsOf = { none: 0, minimal: 1, low: 2, medium: 3, high: 5, xhigh: 6, max: 6 } as const

/** What it thinks before it answers: more with more effort, nothing with none. */
export function reasoningText(question: Question): string {
  const asked = lastQuestion(question.turns)
  const thoughts = phrasesFor(asked).thoughts(excerpt(asked))
  return thoughts.slice(0, thoughtsOf[question.effort ?? 'medium']).join('')
}

/** What the tools returned since the user spoke; undefined when the last turn is not a tool's. */
export function toolResultText(turns: readonly Turn[]): string | undefined {
  const start = turns.findLastIndex((turn) => turn.role !== 'tool') + 1
  if (start === turns.length) return undefined
  const names = new Map(turns.flatMap(({ calls }) => calls.map(({ id, name }) => [id, name])))
  const lines = turns
    .slice(start)
    .map(({ callId, text }) => `- \`${names.get(callId ?? '') ?? 'tool'}\`: ${excerpt(text, 300)}`)
  return `Here is what came back:\n\n${lines.join('\n')}\n\nI am a simulator, so I only pass it on.`
}
