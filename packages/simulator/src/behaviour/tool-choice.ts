import { isObject, type Json, type JsonObject } from '../json.ts'
import { createRandom, hash, type Random } from '../random.ts'
import { splitTokens } from '../tokens.ts'
import type { OfferedTool, Question, ToolCall } from './chat-types.ts'
import { type Hint, instanceOf } from './schema/instance.ts'
import { acceptsNumber } from './schema/number.ts'
import { acceptsText } from './schema/text.ts'
import { lastQuestion } from './text.ts'
import { namesIn, numbersIn, wordsIn } from './words.ts'

/** At most so many calls in one answer. */
const mostCalls = 8

/**
 * The tools to call now, with arguments that are valid against their schemas. `isEager`: also when
 * the caller leaves the choice. Empty = answer in words.
 * @throws Problem `invalidRequest` when a tool's schema has no instance.
 */
export function chooseCalls(question: Question, isEager: boolean, random: Random): ToolCall[] {
  const { tools, toolChoice, turns, parallelToolCalls } = question
  if (tools.length === 0 || toolChoice === 'none') return []
  const asked = lastQuestion(turns)
  let chosen: OfferedTool[]
  if (typeof toolChoice === 'object') {
    chosen = tools.filter((tool) => tool.name === toolChoice.name)
  } else {
    const isForced = toolChoice === 'required'
    // What the tools returned is answered in words, unless another call is demanded.
    if (!isForced && (!isEager || turns.at(-1)?.role === 'tool')) return []
    chosen = matchingTools(tools, asked)
    if (chosen.length === 0 && isForced) chosen = tools.slice(0, 1)
  }
  const calls = chosen.flatMap((tool) => callsOf(tool, asked, random))
  return calls.slice(0, parallelToolCalls ? mostCalls : 1)
}

/** The tools whose names the question mentions, else the one whose description is closest. */
function matchingTools(tools: readonly OfferedTool[], asked: string): OfferedTool[] {
  const words = wordsIn(asked)
  const overlap = (text: string) => [...wordsIn(text)].filter((word) => words.has(word)).length
  const named = tools.filter((tool) => overlap(tool.name) > 0)
  if (named.length > 0) return named
  let closest: OfferedTool | undefined
  let best = 0
  for (const tool of tools) {
    const shared = overlap(tool.description)
    if (shared > best) {
      best = shared
      closest = tool
    }
  }
  return closest ? [closest] : []
}

/** One call, or one for each thing the question names when the tool takes one at a time. */
function callsOf(tool: OfferedTool, asked: string, random: Random): ToolCall[] {
  const { name, kind } = tool
  if (kind === 'custom') return [{ name, kind, input: splitTokens(asked) }]
  const { listed, others } = namesIn(asked)
  const isOneAtATime = listed.length > 1 && takesOneName(tool.schema)
  const groups = isOneAtATime ? listed.slice(0, mostCalls).map((one) => [one]) : [listed]
  const seed = random.below(2 ** 31)
  return groups.map((group) => {
    const value = instanceOf(asObjectSchema(tool.schema), {
      // The same numbers for every call: only what the question names differs.
      random: createRandom(hash(name, seed)),
      param: 'tools',
      hint: hintsFrom(asked, [...group, ...others]),
    })
    return { name, kind, input: splitTokens(JSON.stringify(value)) }
  })
}

/** Arguments are an object, whatever else the schema leaves open. */
function asObjectSchema(schema: JsonObject): JsonObject {
  return schema.type === undefined ? { ...schema, type: 'object' } : schema
}

function takesOneName({ properties }: JsonObject): boolean {
  if (!isObject(properties)) return false
  return Object.entries(properties).some(
    ([name, schema]) =>
      isObject(schema) &&
      schema.type === 'string' &&
      schema.enum === undefined &&
      schema.const === undefined &&
      schema.format === undefined &&
      !wholeQuestion.test(name),
  )
}

/** Properties that want the question itself. */
const wholeQuestion = /query|question|text|prompt|message|search|input|content|expression/i

/** Fills arguments with what the question mentions, in order. */
function hintsFrom(asked: string, names: readonly string[]): Hint {
  const unusedNames = [...names]
  const unusedNumbers = numbersIn(asked)
  const lowerCased = asked.toLowerCase()
  return (name, schema, type): Json | undefined => {
    if (Array.isArray(schema.enum)) {
      return schema.enum.find(
        (value) => typeof value === 'string' && lowerCased.includes(value.toLowerCase()),
      )
    }
    if (type === 'number' || type === 'integer') {
      const at = unusedNumbers.findIndex((one) => acceptsNumber(schema, one, type === 'integer'))
      return at < 0 ? undefined : unusedNumbers.splice(at, 1)[0]
    }
    if (type !== 'string') return undefined
    if (wholeQuestion.test(name)) return acceptsText(schema, asked) ? asked : undefined
    const at = unusedNames.findIndex((one) => acceptsText(schema, one))
    return at < 0 ? undefined : unusedNames.splice(at, 1)[0]
  }
}
