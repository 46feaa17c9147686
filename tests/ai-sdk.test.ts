// Vercel's AI SDK with each of its provider packages against a hub, over a provider of each dialect.
import { createAnthropic } from '@ai-sdk/anthropic'
import { createGoogle } from '@ai-sdk/google'
import { createOpenAI } from '@ai-sdk/openai'
import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import {
  APICallError,
  generateText,
  isStepCount,
  type LanguageModel,
  type ModelMessage,
  Output,
  streamText,
  tool,
} from 'ai'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { adminKey } from './hub.ts'
import { type Lab, pixels, startLab, voices } from './voices.ts'

let lab: Lab

beforeAll(async () => {
  lab = await startLab()
})

afterAll(() => lab.close())

/** `streamText` reports what goes wrong here alone; its text just ends. */
const failures: unknown[] = []
const streaming: typeof streamText = (options) =>
  streamText({ ...options, onError: ({ error }) => void failures.push(error) })

afterEach(() => {
  expect(failures.splice(0)).toEqual([])
})

const packages: Record<string, (model: string, apiKey?: string) => LanguageModel> = {
  'openai chat': (model, apiKey = adminKey) =>
    createOpenAI({ baseURL: lab.hub.baseURL, apiKey }).chat(model),
  'openai responses': (model, apiKey = adminKey) =>
    createOpenAI({ baseURL: lab.hub.baseURL, apiKey }).responses(model),
  anthropic: (model, apiKey = adminKey) =>
    createAnthropic({ baseURL: lab.hub.baseURL, apiKey })(model),
  google: (model, apiKey = adminKey) =>
    // A name with a slash is taken for a whole path.
    createGoogle({ baseURL: `${lab.hub.url}/v1beta`, apiKey })(`models/${model}`),
  'openai-compatible': (model, apiKey = adminKey) =>
    createOpenAICompatible({
      name: 'hub',
      baseURL: lab.hub.baseURL,
      apiKey,
      includeUsage: true,
      supportsStructuredOutputs: true,
    })(model),
}

const modelFor = (name: string, model: string, apiKey?: string): LanguageModel => {
  const make = packages[name]
  if (!make) throw new Error(`There is no package ${name}.`)
  return make(model, apiKey)
}

/** What was asked of the weather service. */
function weatherService() {
  const asked: string[] = []
  const get_weather = tool({
    description: 'The weather in a city',
    inputSchema: z.object({ city: z.string() }),
    execute: async ({ city }) => {
      asked.push(city)
      return `21 degrees in ${city}`
    },
  })
  return { asked, tools: { get_weather } }
}

const person = z.object({ name: z.string(), age: z.number().int() })

const matrix = Object.keys(packages).flatMap((name) =>
  voices.map((provider) => ({ name, provider })),
)

describe.each(matrix)('$name through $provider', ({ name, provider }) => {
  const model = (id: string) => modelFor(name, `${provider}/${id}`)

  test('a text comes whole, with usage', async () => {
    const { text, finishReason, usage } = await generateText({
      model: model('chat'),
      instructions: 'Be a pirate.',
      prompt: 'Who are you?',
    })
    expect(text).toContain('Who are you?')
    expect(text).toContain('Be a pirate.')
    expect(finishReason).toBe('stop')
    expect(usage.inputTokens).toBeGreaterThan(10)
    expect(usage.outputTokens).toBeGreaterThan(10)
  })

  test('a stream says the same and counts the same', async () => {
    const whole = await generateText({ model: model('chat'), prompt: 'Who are you?' })
    const stream = streaming({ model: model('chat'), prompt: 'Who are you?' })
    expect(await stream.text).toBe(whole.text)
    expect(await stream.finishReason).toBe('stop')
    expect((await stream.usage).totalTokens).toBe(whole.usage.totalTokens)
  })

  test.each([
    ['generateText', generateText],
    ['streamText', streaming],
  ])('tools are run and their results answered in a second step: %s', async (_, send) => {
    const { asked, tools } = weatherService()
    const result = await send({
      model: model('tools'),
      tools,
      stopWhen: isStepCount(3),
      prompt: 'What is the weather in Paris and in Tokyo?',
    })
    expect(await result.text).toContain('21 degrees in Paris')
    expect(asked).toEqual(['Paris', 'Tokyo'])
    expect(await result.steps).toHaveLength(2)
  })

  test.each([
    ['generateText', generateText],
    ['streamText', streaming],
  ])('thoughts go back with what the tools returned: %s', async (_, send) => {
    const { tools } = weatherService()
    const result = await send({
      model: model('reason'),
      tools,
      reasoning: 'medium',
      stopWhen: isStepCount(3),
      prompt: 'What is the weather in Paris?',
    })
    expect(await result.text).toContain('21 degrees in Paris')
    expect(await result.steps).toHaveLength(2)
  })

  test('a conversation goes on with what was said', async () => {
    const hello = { role: 'user' as const, content: 'My name is Ada.' }
    const question = { role: 'user' as const, content: 'Who am I?' }
    const first = await generateText({ model: model('chat'), messages: [hello] })
    const goOn = (said: ModelMessage[]) =>
      generateText({ model: model('chat'), messages: [hello, ...said, question] })
    const second = await goOn(first.responseMessages)
    const spelledOut = await goOn([{ role: 'assistant', content: first.text }])
    expect(second.usage.inputTokens).toBe(spelledOut.usage.inputTokens)
  })

  test('an answer in a schema is parsed', async () => {
    const { output } = await generateText({
      model: model('chat'),
      output: Output.object({ schema: person }),
      prompt: 'A person, please.',
    })
    expect(output).toEqual({ name: expect.any(String), age: expect.any(Number) })
  })

  test('an image is seen', async () => {
    const { text } = await generateText({
      model: model('vision'),
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'What is this?' },
            { type: 'file', mediaType: 'image/png', data: pixels },
          ],
        },
      ],
    })
    expect(text).toMatch(/3\D+2/)
  })

  test('an error of the provider is one that may be tried again', async () => {
    await expect(
      generateText({ model: model('error-429'), prompt: 'Hi', maxRetries: 0 }),
    ).rejects.toSatisfy(
      (error) => APICallError.isInstance(error) && error.statusCode === 429 && error.isRetryable,
    )
  })
})

describe.each(Object.keys(packages))('%s', (name) => {
  test('an unknown key is 401, with the hub’s words', async () => {
    const model = modelFor(name, 'chat/chat', 'hub_live_nonsense')
    await expect(generateText({ model, prompt: 'Hi', maxRetries: 0 })).rejects.toMatchObject({
      statusCode: 401,
      message: expect.stringContaining('not valid here'),
    })
  })

  test('an unknown model is 404, with the hub’s words', async () => {
    const model = modelFor(name, 'chat/chatt')
    await expect(generateText({ model, prompt: 'Hi', maxRetries: 0 })).rejects.toMatchObject({
      statusCode: 404,
      message: expect.stringContaining('Did you mean "chat/chat"?'),
    })
  })

  test('a stream that dies half-way ends with an error', async () => {
    const errors: unknown[] = []
    const stream = streamText({
      model: modelFor(name, 'claude/midstream'),
      prompt: 'Hi',
      maxRetries: 0,
      onError: ({ error }) => void errors.push(error),
    })
    let text = ''
    for await (const part of stream.stream) if (part.type === 'text-delta') text += part.text
    expect(text).not.toBe('')
    expect(errors).toHaveLength(1)
  })
})

describe.each(voices)('openai responses through %s, unstored', (provider) => {
  test.each([
    ['generateText', generateText],
    ['streamText', streaming],
  ])('thoughts go back with what the tools returned: %s', async (_, send) => {
    const { tools } = weatherService()
    const result = await send({
      model: modelFor('openai responses', `${provider}/reason`),
      tools,
      providerOptions: { openai: { store: false, forceReasoning: true } },
      stopWhen: isStepCount(3),
      prompt: 'What is the weather in Paris?',
    })
    expect(await result.text).toContain('21 degrees in Paris')
  })
})

describe('thoughts are shown', () => {
  test.each([
    ['openai responses', 'claude'],
    ['openai responses', 'google-like'],
    ['openai responses', 'responses'],
    ['anthropic', 'claude'],
    ['anthropic', 'chat'],
    ['anthropic', 'google-like'],
    ['google', 'google-like'],
    ['google', 'responses'],
    ['google', 'claude'],
    ['openai-compatible', 'chat'],
    ['openai-compatible', 'claude'],
  ])('by %s through %s', async (name, provider) => {
    const { reasoningText, text } = await generateText({
      model: modelFor(name, `${provider}/reason`),
      reasoning: 'medium',
      prompt: 'Why?',
      providerOptions: {
        openai: { reasoningSummary: 'auto', forceReasoning: true },
        google: { thinkingConfig: { includeThoughts: true } },
      },
    })
    expect(reasoningText).toContain('The question is')
    expect(text).not.toContain('The question is')
  })
})
