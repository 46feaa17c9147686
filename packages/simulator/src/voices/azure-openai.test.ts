import { AzureOpenAI, NotFoundError } from 'openai'
import type { ChatCompletionChunk } from 'openai/resources'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createSimulator } from '../simulator.ts'
import { call, chunksIn } from '../testing/vendor-calls.ts'

const apiKey = 'azure-key'
const simulator = createSimulator({ seed: 2, requireKey: apiKey })
let listening: Awaited<ReturnType<typeof simulator.listen>>
let azure: AzureOpenAI

const messages = [{ role: 'user' as const, content: 'What is a gateway?' }]
const base = '/azure-openai/openai/v1'
const headers = { 'api-key': apiKey }

beforeAll(async () => {
  listening = await simulator.listen()
  azure = new AzureOpenAI({
    endpoint: `${listening.url}/azure-openai`,
    apiVersion: '2024-10-21',
    apiKey,
    maxRetries: 0,
  })
})
afterAll(() => listening.close())

async function chunksOf(stream: AsyncIterable<ChatCompletionChunk>) {
  const chunks: ChatCompletionChunk[] = []
  for await (const chunk of stream) chunks.push(chunk)
  return chunks
}

test('the deployment in the path answers, with the name of the model behind it', async () => {
  const answer = await azure.chat.completions.create({ model: 'echo', messages })
  expect(answer.choices[0]?.message.content).toBe('What is a gateway?')
  expect(answer.model).toMatch(/^gpt-/)
  expect(answer).toMatchObject({ prompt_filter_results: [{ prompt_index: 0 }] })
  expect(answer.choices[0]).toMatchObject({
    content_filter_results: { hate: { filtered: false, severity: 'safe' } },
  })
})

test('the first chunk has no choices and no name, only what the filter says of the prompt', async () => {
  const request = {
    model: 'echo',
    messages,
    stream: true as const,
    stream_options: { include_usage: true },
  }
  const chunks = await chunksOf(await azure.chat.completions.create(request))
  const [first, ...rest] = chunks
  expect(first).toMatchObject({ id: '', model: '', choices: [], prompt_filter_results: [{}] })
  expect(rest.map(({ choices }) => choices[0]?.delta.content ?? '').join('')).toBe(
    'What is a gateway?',
  )
  expect(rest.at(-1)).toMatchObject({ choices: [], usage: { total_tokens: expect.any(Number) } })
})

test('responses are at a path without a deployment', async () => {
  const answer = await azure.responses.create({ model: 'echo', input: 'hi' })
  expect(answer.output_text).toBe('hi')
})

test('a deployment that is not there is 404, as is a version', async () => {
  const missing = azure.chat.completions.create({ model: 'nobody', messages })
  await expect(missing).rejects.toMatchObject({ status: 404, code: 'DeploymentNotFound' })
  const older = new AzureOpenAI({
    endpoint: `${listening.url}/azure-openai`,
    apiVersion: 'v1',
    apiKey,
    maxRetries: 0,
  })
  const request = older.chat.completions.create({ model: 'echo', messages })
  await expect(request).rejects.toThrow(NotFoundError)
})

test('usage in streams is newer than some versions', async () => {
  const path = '/azure-openai/openai/deployments/echo/chat/completions?api-version=2024-06-01'
  const body = { messages, stream: true, stream_options: { include_usage: true } }
  const { status, text } = await call(listening, path, body, headers)
  expect(status).toBe(400)
  expect(text).toContain('stream_options')
})

test('the key comes as api-key or as a bearer token, and a wrong one is the gateway’s affair', async () => {
  const path = `${base}/chat/completions`
  const body = { model: 'echo', messages }
  const bearer = await call(listening, path, body, { authorization: `Bearer ${apiKey}` })
  expect(bearer.status).toBe(200)
  expect((await call(listening, path, body, headers)).status).toBe(200)
  const wrong = await call(listening, path, body, { 'api-key': 'wrong' })
  expect(JSON.parse(wrong.text)).toEqual({ statusCode: 401, message: expect.any(String) })
})

test('a prompt that is filtered is 400, an answer that is filtered ends early', async () => {
  const path = `${base}/chat/completions?api-version=v1`
  const blocked = await call(listening, path, { model: 'filtered', messages }, headers)
  expect(blocked.status).toBe(400)
  expect(JSON.parse(blocked.text).error).toMatchObject({
    code: 'content_filter',
    type: null,
    param: 'prompt',
    status: 400,
    innererror: { code: 'ResponsibleAIPolicyViolation' },
  })
  const cut = await call(listening, path, { model: 'filtered-answer', messages }, headers)
  const [choice] = JSON.parse(cut.text).choices
  expect(choice.finish_reason).toBe('content_filter')
  expect(choice.message).not.toHaveProperty('content')
})

test('filter results that come late have no delta', async () => {
  const body = { model: 'async-filter', messages, stream: true }
  const { text } = await call(listening, `${base}/chat/completions`, body, headers)
  const late = chunksIn(text).filter((chunk) => JSON.stringify(chunk).includes('offsets'))
  expect(late).toHaveLength(1)
  expect(JSON.stringify(late)).not.toContain('"delta"')
})

test('a rate limit says in milliseconds, too, when to come back', async () => {
  simulator.script('rate-limited')
  const body = { model: 'echo', messages }
  const limited = await call(listening, `${base}/chat/completions`, body, headers)
  expect(limited.headers.get('retry-after')).toBe('2')
  expect(limited.headers.get('retry-after-ms')).toBe('2000')
})
