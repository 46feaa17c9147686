// The relay lane: when caller and provider speak the same dialect, neither's bytes are written anew.
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { adminKey, discard, type RunningHub, startHub } from './hub.ts'

interface Relayed {
  provider: string
  dialect: string
  /** Behind the provider's base URL. */
  upstreamPath: string
  upstreamStreamPath: string
  path(model: string, stream: boolean): string
  /** What the body says of the model and of streaming; nothing where the address does. */
  head(model: string, stream: boolean): string
  /** The rest of the body, with what JSON.parse and JSON.stringify would spoil. */
  rest: string
  answer: string
  frames: string[]
}

const big = '12345678901234567890'
const user = `"messages" : [ {"role":"user",  "content":"h\\u0069 世界"} ]`
const named = (model: string, stream: boolean) =>
  `"model":${JSON.stringify(model)},${stream ? '"stream":true,' : ''}`
const event = (name: string, data: string) => `event: ${name}\ndata: ${data}\n\n`

const chatUsage = `{"prompt_tokens":3,"completion_tokens":1,"total_tokens":4}`
const responseFields = `"object":"response","created_at":1,"model":"m","x_big":${big}`
const message = `{"id":"msg_1","type":"message","role":"assistant","status":"completed","content":[{"type":"output_text","text":"hi","annotations":[]}]}`
const responseUsage = `{"input_tokens":3,"output_tokens":1,"total_tokens":4}`

const table: Relayed[] = [
  {
    provider: 'chat',
    dialect: 'openai',
    upstreamPath: '/chat/completions',
    upstreamStreamPath: '/chat/completions',
    path: () => '/v1/chat/completions',
    head: named,
    rest: `"stream_options":{"include_usage":true}, ${user},\n\t"x_unknown" : {"n":${big}, "f":1.50e+1} ,"seed":7`,
    answer: `{ "id":"c1","object":"chat.completion","created":1, "model":"m","x_big":${big},\n"choices":[{"index":0,"message":{"role":"assistant","content":"h\\u0069 世界"},"finish_reason":"stop"}],"usage":${chatUsage} }\n`,
    frames: [
      ': hello\n\n',
      `data: {"id":"c1","choices":[{"index":0, "delta":{"role":"assistant","content":"h\\u0069 世界"},"finish_reason":null}],"x":${big}}\n\n`,
      'data:{"id":"c1","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n',
      `data: {"id":"c1","choices":[],"usage":${chatUsage}}\n\n`,
      'data: [DONE]\n\n',
    ],
  },
  {
    provider: 'responses',
    dialect: 'openai-responses',
    upstreamPath: '/responses',
    upstreamStreamPath: '/responses',
    path: () => '/v1/responses',
    head: named,
    rest: `"store":false,"input" : [ {"role":"user",  "content":"h\\u0069 世界"} ],\n\t"x_unknown" : {"n":${big}, "f":1.50e+1} ,"include":["reasoning.encrypted_content"]`,
    answer: `{ "id":"resp_1", ${responseFields},\n"status":"completed","output":[${message}],"usage":${responseUsage} }\n`,
    frames: [
      event(
        'response.created',
        `{"type":"response.created","sequence_number":0,"response":{"id":"resp_1",${responseFields},"status":"in_progress","output":[]}}`,
      ),
      event(
        'response.output_item.added',
        `{"type":"response.output_item.added","sequence_number":1,"output_index":0,"item":{"id":"msg_1","type":"message","role":"assistant","status":"in_progress","content":[]}}`,
      ),
      event(
        'response.output_text.delta',
        `{"type":"response.output_text.delta","sequence_number":2,"item_id":"msg_1","output_index":0,"content_index":0, "delta":"h\\u0069 世界","x":${big}}`,
      ),
      event('response.unheard_of', `{"type":"response.unheard_of","sequence_number":3}`),
      event(
        'response.output_item.done',
        `{"type":"response.output_item.done","sequence_number":4,"output_index":0,"item":${message}}`,
      ),
      event(
        'response.completed',
        `{"type":"response.completed","sequence_number":5,"response":{"id":"resp_1",${responseFields},"status":"completed","output":[${message}],"usage":${responseUsage}}}`,
      ),
    ],
  },
  {
    provider: 'claude',
    dialect: 'anthropic',
    upstreamPath: '/messages',
    upstreamStreamPath: '/messages',
    path: () => '/v1/messages',
    head: named,
    rest: `"max_tokens":100, ${user},\n\t"x_unknown" : {"n":${big}, "f":1.50e+1} ,"metadata":{"user_id":"u"}`,
    answer: `{ "id":"msg_1","type":"message","role":"assistant", "model":"m","x_big":${big},\n"content":[{"type":"text","text":"h\\u0069 世界"}],"stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":3,"output_tokens":1} }\n`,
    frames: [
      event(
        'message_start',
        `{"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":3,"output_tokens":1},"x":${big}}}`,
      ),
      event('ping', '{"type": "ping"}'),
      event(
        'content_block_start',
        `{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}`,
      ),
      event(
        'content_block_delta',
        `{"type":"content_block_delta","index":0, "delta":{"type":"text_delta","text":"h\\u0069 世界"}}`,
      ),
      event('content_block_stop', `{"type":"content_block_stop","index":0}`),
      event(
        'message_delta',
        `{"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":1}}`,
      ),
      event('message_stop', `{"type":"message_stop"}`),
    ],
  },
  {
    provider: 'google-like',
    dialect: 'gemini',
    upstreamPath: '/models/big-model:generateContent',
    upstreamStreamPath: '/models/big-model:streamGenerateContent?alt=sse',
    path: (model, stream) =>
      `/v1beta/models/${model}:${stream ? 'streamGenerateContent?alt=sse' : 'generateContent'}`,
    head: () => '',
    rest: ` "contents" : [ {"role":"user",  "parts":[{"text":"h\\u0069 世界"}]} ],\n\t"xUnknown" : {"n":${big}, "f":1.50e+1} \n`,
    answer: `{ "candidates":[{"index":0,"content":{"role":"model","parts":[{"text":"h\\u0069 世界"}]},"finishReason":"STOP"}],"x_big":${big},\n"usageMetadata":{"promptTokenCount":3,"candidatesTokenCount":1,"totalTokenCount":4},"responseId":"r1" }\n`,
    frames: [
      `data: {"candidates":[{"index":0, "content":{"role":"model","parts":[{"text":"h\\u0069 世界"}]}}],"x":${big},"responseId":"r1"}\r\n\r\n`,
      `data: {"candidates":[{"index":0,"content":{"role":"model","parts":[{"text":""}]},"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":3,"candidatesTokenCount":1,"totalTokenCount":4},"responseId":"r1"}\r\n\r\n`,
    ],
  },
]

/** What the provider was sent. */
let received: { path: string; body: string }[] = []
/** What it answers: JSON, or the pieces of a stream. */
let answering: string | (string | Buffer)[] = ''

let upstream: Server
let hub: RunningHub

beforeAll(async () => {
  upstream = createServer(async (request, response) => {
    let body = ''
    for await (const piece of request.setEncoding('utf8')) body += piece
    received.push({ path: request.url ?? '', body })
    if (typeof answering === 'string') {
      response.writeHead(200, { 'content-type': 'application/json' }).end(answering)
      return
    }
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    for (const piece of answering)
      await new Promise<void>((sent) => response.write(piece, () => sent()))
    response.end()
  })
  await new Promise<void>((listening) => upstream.listen(0, '127.0.0.1', listening))
  const { port } = upstream.address() as AddressInfo
  const providers = table.map(
    ({ provider, dialect }) =>
      `  - { id: ${provider}, dialect: ${dialect}, baseUrl: "http://127.0.0.1:${port}", allowPrivateNetwork: true }`,
  )
  hub = await startHub({ file: `providers:\n${providers.join('\n')}\n` })
})

afterAll(async () => {
  await discard(hub)
  upstream.closeAllConnections()
  upstream.close()
})

beforeEach(() => {
  received = []
})

/** Cut everywhere, also inside of characters and line ends. */
function piecesOf(text: string): Buffer[] {
  const bytes = Buffer.from(text)
  return Array.from({ length: Math.ceil(bytes.length / 23) }, (_, at) =>
    bytes.subarray(at * 23, (at + 1) * 23),
  )
}

async function post(path: string, body: string): Promise<string> {
  const response = await fetch(hub.url + path, {
    method: 'POST',
    headers: {
      'x-api-key': adminKey,
      'content-type': 'application/json',
      'anthropic-version': '2023-06-01',
    },
    body,
  })
  const text = await response.text()
  expect(response.status, text).toBe(200)
  expect(response.headers.has('x-hub-dropped-params')).toBe(false)
  return text
}

describe.each(table)('$dialect', (row) => {
  const { provider, path, head, rest, answer, frames } = row
  const name = `${provider}/big-model`

  test('a whole answer and its request keep their bytes, but for the model', async () => {
    answering = answer
    const got = await post(path(name, false), `{${head(name, false)}${rest}}`)
    expect(received).toEqual([
      { path: row.upstreamPath, body: `{${head('big-model', false)}${rest}}` },
    ])
    expect(got).toBe(answer)
  })

  test('a stream and its request keep their bytes, however the pieces are cut', async () => {
    answering = piecesOf(frames.join(''))
    const got = await post(path(name, true), `{${head(name, true)}${rest}}`)
    expect(received).toEqual([
      { path: row.upstreamStreamPath, body: `{${head('big-model', true)}${rest}}` },
    ])
    expect(got).toBe(frames.join(''))
  })
})

describe('usage that was not asked for', () => {
  const [{ frames, answer }] = table as [Relayed]

  test('is asked for by the hub, and left out of the stream', async () => {
    answering = frames
    const body = `{"model":"chat/big-model", "stream" : true, ${user}, "n_big":${big}}`
    const got = await post('/v1/chat/completions', body)
    expect(received[0]?.body).toBe(
      `{"model":"big-model","stream" : true, ${user}, "n_big":${big},"stream_options":{"include_usage":true}}`,
    )
    expect(got).toBe(frames.filter((frame) => !frame.includes('"choices":[]')).join(''))
  })

  test('stays in a whole answer, where it always is', async () => {
    answering = answer
    expect(await post('/v1/chat/completions', `{"model":"chat/big-model",${user}}`)).toBe(answer)
  })
})
