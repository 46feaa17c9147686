import { crc32, inflateSync } from 'node:zlib'
import { Ajv2020 } from 'ajv/dist/2020.js'
import OpenAI, {
  AuthenticationError,
  BadRequestError,
  InternalServerError,
  NotFoundError,
  RateLimitError,
} from 'openai'
import type { ChatCompletionChunk, ChatCompletionTool } from 'openai/resources'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createSimulator } from './simulator.ts'

const simulator = createSimulator({ seed: 7 })
let listening: Awaited<ReturnType<typeof simulator.listen>>
let openai: OpenAI

beforeAll(async () => {
  listening = await simulator.listen()
  openai = new OpenAI({ baseURL: `${listening.url}/v1`, apiKey: 'sk-test', maxRetries: 0 })
})
afterAll(() => listening.close())

const ask = (content: string) => [{ role: 'user' as const, content }]

async function chunksOf(stream: AsyncIterable<ChatCompletionChunk>) {
  const chunks: ChatCompletionChunk[] = []
  for await (const chunk of stream) chunks.push(chunk)
  return chunks
}

const textOf = (chunks: ChatCompletionChunk[], index = 0) =>
  chunks
    .flatMap(({ choices }) => choices)
    .filter((choice) => choice.index === index)
    .map(({ delta }) => delta.content ?? '')
    .join('')

// ── Chat ────────────────────────────────────────────────────────────────────────────────────────

test('chat repeats the question, says that it is a simulator, and counts its tokens', async () => {
  const answer = await openai.chat.completions.create({
    model: 'chat',
    messages: [{ role: 'system', content: 'Be a pirate.' }, ...ask('How do I add a provider?')],
  })
  const [choice] = answer.choices
  expect(choice?.message.content).toContain('How do I add a provider?')
  expect(choice?.message.content).toContain('Be a pirate.')
  expect(choice?.message.content).toContain('simulator')
  expect(choice?.finish_reason).toBe('stop')
  expect(choice?.message.refusal).toBeNull()
  expect(answer.usage?.total_tokens).toBe(
    (answer.usage?.prompt_tokens ?? 0) + (answer.usage?.completion_tokens ?? 0),
  )
  expect(answer.usage?.prompt_tokens_details?.cached_tokens).toBe(0)
  expect(answer._request_id).toMatch(/^req_/)
})

test('a stream says the same as a whole answer, and reports usage only on demand', async () => {
  const request = { model: 'chat', messages: ask('What is a gateway?') }
  const whole = await openai.chat.completions.create(request)
  const bare = await chunksOf(await openai.chat.completions.create({ ...request, stream: true }))
  const counted = await chunksOf(
    await openai.chat.completions.create({
      ...request,
      stream: true,
      stream_options: { include_usage: true },
    }),
  )
  expect(textOf(bare)).toBe(whole.choices[0]?.message.content)
  expect(textOf(counted)).toBe(whole.choices[0]?.message.content)
  expect(bare.some((chunk) => 'usage' in chunk)).toBe(false)
  const last = counted.pop()
  expect(last?.choices).toEqual([])
  expect(last?.usage).toEqual(whole.usage)
  expect(counted.map(({ usage }) => usage)).toEqual(counted.map(() => null))
  expect(new Set(counted.map(({ id }) => id)).size).toBe(1)
})

test('max_completion_tokens and max_tokens cut the answer off', async () => {
  const cut = await openai.chat.completions.create({
    model: 'chat',
    messages: ask('hi'),
    max_completion_tokens: 5,
  })
  expect(cut.choices[0]?.finish_reason).toBe('length')
  expect(cut.usage?.completion_tokens).toBe(5)
  const older = await openai.chat.completions.create({
    model: 'chat',
    messages: ask('hi'),
    max_tokens: 7,
  })
  expect(older.usage?.completion_tokens).toBe(7)
})

test('stop ends the answer before the sequence', async () => {
  const answer = await openai.chat.completions.create({
    model: 'echo',
    messages: ask('one two three four'),
    stop: ['four', ' three'],
  })
  expect(answer.choices[0]?.message.content).toBe('one two')
  expect(answer.choices[0]?.finish_reason).toBe('stop')
})

test('n answers are different ones, and a stream tells them apart', async () => {
  const request = { model: 'chat', messages: ask('hi'), n: 6 }
  const whole = await openai.chat.completions.create(request)
  const texts = whole.choices.map(({ message }) => message.content)
  expect(new Set(texts).size).toBeGreaterThan(1)
  const chunks = await chunksOf(await openai.chat.completions.create({ ...request, stream: true }))
  expect(texts.map((_, index) => textOf(chunks, index))).toEqual(texts)
  const finished = chunks.flatMap(({ choices }) => choices).filter((one) => one.finish_reason)
  expect(finished.map(({ index }) => index).sort()).toEqual([0, 1, 2, 3, 4, 5])
})

test('another seed gives another answer, the same seed the same', async () => {
  const textWith = async (seed: number) => {
    const answer = await openai.chat.completions.create({
      model: 'chat',
      messages: ask('hi'),
      seed,
    })
    return answer.choices[0]?.message.content
  }
  expect(await textWith(1)).toBe(await textWith(1))
  const texts = await Promise.all([1, 2, 3, 4, 5, 6].map(textWith))
  expect(new Set(texts).size).toBeGreaterThan(1)
})

test('log-probabilities come with every token, with as many alternatives as asked for', async () => {
  const request = {
    model: 'echo',
    messages: ask('one two 你'),
    logprobs: true,
    top_logprobs: 3,
  }
  const whole = await openai.chat.completions.create(request)
  const content = whole.choices[0]?.logprobs?.content ?? []
  expect(content.map(({ token }) => token)).toEqual(['one', ' two', ' ', '你'])
  expect(content[3]?.bytes).toEqual([0xe4, 0xbd, 0xa0])
  expect(content.map(({ top_logprobs }) => top_logprobs.length)).toEqual([3, 3, 3, 3])
  expect(content.every(({ logprob }) => logprob < 0)).toBe(true)
  const chunks = await chunksOf(await openai.chat.completions.create({ ...request, stream: true }))
  expect(chunks.flatMap(({ choices }) => choices[0]?.logprobs?.content ?? [])).toEqual(content)
})

test('echo repeats the last message byte for byte', async () => {
  const text = 'Ünï¢ødé 🌍\r\n"quoted" \u2028 \\'
  const answer = await openai.chat.completions.create({ model: 'echo', messages: ask(text) })
  expect(answer.choices[0]?.message.content).toBe(text)
})

test('reason thinks first, apart from the answer, and more with more effort', async () => {
  const thinking = async (effort: 'none' | 'low' | 'high') => {
    const chunks = await chunksOf(
      await openai.chat.completions.create({
        model: 'reason',
        messages: ask('Why?'),
        reasoning_effort: effort,
        stream: true,
        stream_options: { include_usage: true },
      }),
    )
    const thoughts = chunks
      .flatMap(({ choices }) => choices)
      .map(({ delta }) => ('reasoning_content' in delta ? String(delta.reasoning_content) : ''))
      .join('')
    const details = chunks.at(-1)?.usage?.completion_tokens_details
    return { thoughts, tokens: details?.reasoning_tokens ?? -1, text: textOf(chunks) }
  }
  const [none, low, high] = [await thinking('none'), await thinking('low'), await thinking('high')]
  expect(none.thoughts).toBe('')
  expect(none.tokens).toBe(0)
  expect(low.tokens).toBeGreaterThan(0)
  expect(high.tokens).toBeGreaterThan(low.tokens)
  expect(high.thoughts).toContain('Why?')
  expect(high.text).not.toContain(high.thoughts)
})

test('a long conversation is partly in the prompt cache', async () => {
  const answer = await openai.chat.completions.create({
    model: 'chat',
    messages: [
      ...ask('word '.repeat(2000)),
      { role: 'assistant', content: 'Yes.' },
      ...ask('And now?'),
    ],
  })
  const cached = answer.usage?.prompt_tokens_details?.cached_tokens ?? 0
  expect(cached).toBeGreaterThan(1024)
  expect(cached % 128).toBe(0)
  expect(cached).toBeLessThan(answer.usage?.prompt_tokens ?? 0)
})

test('cached reports what was read from the cache and written to it', async () => {
  const answer = await openai.chat.completions.create({ model: 'cached', messages: ask('hi') })
  const usage = answer.usage
  const { cached_tokens = 0, cache_write_tokens = 0 } = usage?.prompt_tokens_details ?? {}
  expect(cached_tokens).toBeGreaterThan(0)
  expect(cache_write_tokens).toBeGreaterThan(0)
  expect(cached_tokens + (cache_write_tokens ?? 0)).toBeLessThanOrEqual(usage?.prompt_tokens ?? 0)
})

test('refuse says why in refusal, whole and streamed', async () => {
  const request = { model: 'refuse', messages: ask('What is a gateway?') }
  const whole = await openai.chat.completions.create(request)
  const [choice] = whole.choices
  expect(choice).toMatchObject({ message: { content: null }, finish_reason: 'stop' })
  expect(choice?.message.refusal).toContain('simulator')
  const chunks = await chunksOf(await openai.chat.completions.create({ ...request, stream: true }))
  const refusal = chunks.map(({ choices }) => choices[0]?.delta.refusal ?? '').join('')
  expect(refusal).toBe(choice?.message.refusal)
  expect(textOf(chunks)).toBe('')
})

test('reason thinks before it calls a tool, too', async () => {
  const answer = await openai.chat.completions.create({
    model: 'reason',
    messages: ask('What is the weather in Paris?'),
    tools: [weather],
  })
  expect(answer.choices[0]?.message).toHaveProperty('reasoning_content')
  expect(answer.choices[0]?.finish_reason).toBe('tool_calls')
})

// ── Structured outputs ──────────────────────────────────────────────────────────────────────────

const trip = {
  type: 'object',
  properties: {
    city: { type: 'string', minLength: 3 },
    days: { type: 'integer', minimum: 2, maximum: 9 },
    start: { type: 'string', format: 'date' },
    mode: { enum: ['train', 'plane'] },
    stops: { type: 'array', items: { $ref: '#/$defs/stop' }, minItems: 1 },
    budget: { anyOf: [{ type: 'number', exclusiveMinimum: 0 }, { type: 'null' }] },
  },
  required: ['city', 'days', 'start', 'mode', 'stops', 'budget'],
  additionalProperties: false,
  $defs: {
    stop: {
      type: 'object',
      properties: { code: { type: 'string', pattern: '^[A-Z]{3}$' } },
      required: ['code'],
      additionalProperties: false,
    },
  },
}

test('a JSON schema is answered with a valid instance, whole and streamed', async () => {
  const request = {
    model: 'chat',
    messages: ask('Plan a trip.'),
    response_format: {
      type: 'json_schema' as const,
      json_schema: { name: 'trip', strict: true, schema: trip },
    },
  }
  const isTrip = new Ajv2020({ strict: false, validateFormats: false }).compile(trip)
  const whole = await openai.chat.completions.create(request)
  expect(isTrip(JSON.parse(whole.choices[0]?.message.content ?? ''))).toBe(true)
  const chunks = await chunksOf(await openai.chat.completions.create({ ...request, stream: true }))
  expect(textOf(chunks)).toBe(whole.choices[0]?.message.content)
})

test('json_object is answered with an object', async () => {
  const answer = await openai.chat.completions.create({
    model: 'chat',
    messages: ask('Answer in JSON.'),
    response_format: { type: 'json_object' },
  })
  expect(JSON.parse(answer.choices[0]?.message.content ?? '')).toMatchObject({ simulated: true })
})

// ── Tools ───────────────────────────────────────────────────────────────────────────────────────

function tool(name: string, properties: Record<string, unknown>): ChatCompletionTool {
  const parameters = { type: 'object', properties, required: Object.keys(properties) }
  return { type: 'function', function: { name, description: `Does ${name}.`, parameters } }
}
const weather = tool('get_weather', { location: { type: 'string' }, unit: { enum: ['C', 'F'] } })
const time = tool('get_time', { zone: { type: 'string' }, precise: { type: 'boolean' } })

async function callsFor(
  content: string,
  more: Partial<OpenAI.ChatCompletionCreateParamsNonStreaming> = {},
) {
  const answer = await openai.chat.completions.create({
    model: 'tools',
    messages: ask(content),
    tools: [weather, time],
    ...more,
  })
  const [choice] = answer.choices
  const calls = (choice?.message.tool_calls ?? []).flatMap((call) =>
    call.type === 'function'
      ? [{ name: call.function.name, ...JSON.parse(call.function.arguments) }]
      : [],
  )
  return { calls, reason: choice?.finish_reason, content: choice?.message.content }
}

test('the tool that fits is called with arguments out of the question', async () => {
  expect(await callsFor('What is the weather in Paris, in F please?')).toEqual({
    calls: [{ name: 'get_weather', location: 'Paris', unit: expect.stringMatching(/^[CF]$/) }],
    reason: 'tool_calls',
    content: null,
  })
})

test('two cities make two calls, two tools make calls of both', async () => {
  const cities = await callsFor('What is the weather in New York and in Tokyo?')
  expect(cities.calls.map(({ location }) => location)).toEqual(['New York', 'Tokyo'])
  const both = await callsFor('What are the weather and the time in Oslo?')
  expect(both.calls.map(({ name }) => name)).toEqual(['get_weather', 'get_time'])
})

test('parallel_tool_calls: false gives one call', async () => {
  const one = await callsFor('Weather in Rome and Oslo?', { parallel_tool_calls: false })
  expect(one.calls.map(({ location }) => location)).toEqual(['Rome'])
})

test('tool_choice decides whether and what is called', async () => {
  const none = await callsFor('Weather in Rome?', { tool_choice: 'none' })
  expect(none).toMatchObject({ calls: [], reason: 'stop' })
  const required = await callsFor('Tell me a joke', { tool_choice: 'required', model: 'chat' })
  expect(required.calls).toHaveLength(1)
  const named = await callsFor('Weather in Rome?', {
    tool_choice: { type: 'function', function: { name: 'get_time' } },
  })
  expect(named.calls).toMatchObject([{ name: 'get_time', zone: 'Rome' }])
  const allowed = await callsFor('The weather and the time in Rome?', {
    tool_choice: {
      type: 'allowed_tools',
      allowed_tools: {
        mode: 'auto',
        tools: [{ type: 'function', function: { name: 'get_time' } }],
      },
    },
  })
  expect(allowed.calls.map(({ name }) => name)).toEqual(['get_time'])
})

test('without a tool that fits it answers in words', async () => {
  const words = await callsFor('Tell me a joke')
  expect(words.calls).toEqual([])
  expect(words.content).toContain('get_weather')
})

test('streamed calls build up to the same as whole ones', async () => {
  const request = {
    model: 'tools',
    messages: ask('Weather in Rome and Oslo?'),
    tools: [weather],
    stream: true as const,
  }
  const final = await openai.chat.completions.stream(request).finalChatCompletion()
  const streamed = final.choices[0]?.message.tool_calls?.map((call) =>
    call.type === 'function' ? JSON.parse(call.function.arguments).location : call,
  )
  expect(streamed).toEqual(['Rome', 'Oslo'])
  const chunks = await chunksOf(await openai.chat.completions.create(request))
  const deltas = chunks.flatMap(({ choices }) => choices[0]?.delta.tool_calls ?? [])
  expect(deltas.filter(({ id }) => id).map(({ index, type }) => [index, type])).toEqual([
    [0, 'function'],
    [1, 'function'],
  ])
  expect(chunks.at(-1)?.choices[0]?.finish_reason).toBe('tool_calls')
})

test('the turn after a call passes on what the tool returned', async () => {
  const messages: OpenAI.ChatCompletionMessageParam[] = ask('What is the weather in Paris?')
  const first = await openai.chat.completions.create({ model: 'tools', messages, tools: [weather] })
  const message = first.choices[0]?.message
  const call = message?.tool_calls?.[0]
  const second = await openai.chat.completions.create({
    model: 'tools',
    messages: [
      ...messages,
      { role: 'assistant', content: null, tool_calls: message?.tool_calls ?? [] },
      { role: 'tool', tool_call_id: call?.id ?? '', content: '{"celsius":21}' },
    ],
    tools: [weather],
  })
  expect(second.choices[0]?.finish_reason).toBe('stop')
  expect(second.choices[0]?.message.content).toContain('`get_weather`: {"celsius":21}')
})

test('a custom tool gets text', async () => {
  const answer = await openai.chat.completions.create({
    model: 'tools',
    messages: ask('Run the shell: ls'),
    tools: [{ type: 'custom', custom: { name: 'shell' } }],
  })
  expect(answer.choices[0]?.message.tool_calls).toMatchObject([
    { type: 'custom', custom: { name: 'shell', input: 'Run the shell: ls' } },
  ])
})

// ── Images ──────────────────────────────────────────────────────────────────────────────────────

/** Width, height and unpacked pixels of a PNG, every checksum verified (W3C PNG, 5). */
function readPng(png: Buffer) {
  expect(png.subarray(0, 8).toString('latin1')).toBe('\x89PNG\r\n\x1a\n')
  const names: string[] = []
  const packed: Buffer[] = []
  for (let at = 8; at < png.length; ) {
    const length = png.readUInt32BE(at)
    const name = png.toString('latin1', at + 4, at + 8)
    expect(png.readUInt32BE(at + 8 + length)).toBe(crc32(png.subarray(at + 4, at + 8 + length)))
    names.push(name)
    if (name === 'IDAT') packed.push(png.subarray(at + 8, at + 8 + length))
    at += 12 + length
  }
  expect([names[0], names.at(-1)]).toEqual(['IHDR', 'IEND'])
  const [width, height] = [png.readUInt32BE(16), png.readUInt32BE(20)]
  const pixels = inflateSync(Buffer.concat(packed))
  expect(pixels).toHaveLength((width + 1) * height)
  return { width, height, pixels }
}

test('images are real PNGs of the size and number asked for, and depend on the prompt', async () => {
  const draw = async (prompt: string) => {
    const answer = await openai.images.generate({
      model: 'image',
      prompt,
      n: 2,
      size: '512x256' as '1024x1024',
    })
    expect(answer.size).toBe('512x256')
    expect(answer.usage?.output_tokens).toBeGreaterThan(0)
    return (answer.data ?? []).map(({ b64_json }) => Buffer.from(b64_json ?? '', 'base64'))
  }
  const cats = await draw('a cat')
  expect(cats.map(readPng)).toMatchObject([
    { width: 512, height: 256 },
    { width: 512, height: 256 },
  ])
  expect(cats[0]?.equals(cats[1] ?? Buffer.alloc(0))).toBe(false)
  expect(await draw('a cat')).toEqual(cats)
  expect(await draw('a dog')).not.toEqual(cats)
})

test('a URL of an image can be fetched by anybody', async () => {
  const answer = await openai.images.generate({ prompt: 'x', response_format: 'url' })
  const fetched = await fetch(answer.data?.[0]?.url ?? '')
  expect(fetched.headers.get('content-type')).toBe('image/png')
  expect(readPng(Buffer.from(await fetched.arrayBuffer()))).toMatchObject({ width: 1024 })
  const missing = await fetch(`${listening.url}/files/${'x'.repeat(24)}.png`)
  expect(missing.status).toBe(404)
})

// ── Embeddings ──────────────────────────────────────────────────────────────────────────────────

const dot = (first: number[], second: number[]) =>
  first.reduce((sum, value, at) => sum + value * (second[at] ?? 0), 0)

test('similar texts are closer than others, and vectors have unit length', async () => {
  const input = [
    'How do I reset my password?',
    'Password reset instructions',
    'The weather in Paris is lovely today',
  ]
  const { data } = await openai.embeddings.create({ model: 'embed-256', input })
  const [question = [], answer = [], other = []] = data.map(({ embedding }) => embedding)
  expect(question).toHaveLength(256)
  expect(dot(question, question)).toBeCloseTo(1, 5)
  expect(dot(question, answer)).toBeGreaterThan(dot(question, other) + 0.2)
})

test('Chinese and Japanese texts are compared too', async () => {
  const input = [
    '如何重置密码',
    '重置密码的方法',
    '今天天气很好',
    'パスワードの再設定',
    '再設定するパスワード',
  ]
  const { data } = await openai.embeddings.create({ model: 'embed-256', input })
  const [ask = [], same = [], other = [], japanese = [], japaneseToo = []] = data.map(
    ({ embedding }) => embedding,
  )
  expect(dot(ask, same)).toBeGreaterThan(dot(ask, other) + 0.2)
  expect(dot(japanese, japaneseToo)).toBeGreaterThan(dot(japanese, other) + 0.2)
})

test('base64, which the SDK asks for, and float are the same numbers, in fewer dimensions too', async () => {
  const request = { model: 'embed-256', input: 'one two three', dimensions: 64 }
  const base64 = await openai.embeddings.create(request)
  const float = await openai.embeddings.create({ ...request, encoding_format: 'float' })
  expect(base64.data[0]?.embedding).toHaveLength(64)
  expect(float.data[0]?.embedding).toEqual(Array.from(base64.data[0]?.embedding ?? []))
  expect(float.usage).toEqual({ prompt_tokens: 3, total_tokens: 3 })
})

test('token ids are one input, lists of them several', async () => {
  const one = await openai.embeddings.create({ model: 'embed-256', input: [1, 2, 3] })
  const several = await openai.embeddings.create({ model: 'embed-256', input: [[1, 2, 3], [4]] })
  expect(one.data).toHaveLength(1)
  expect(several.data.map(({ index }) => index)).toEqual([0, 1])
  expect(several.data[0]?.embedding).toEqual(one.data[0]?.embedding)
})

// ── Models and errors ───────────────────────────────────────────────────────────────────────────

test('models are listed and retrieved', async () => {
  const ids: string[] = []
  for await (const { id } of openai.models.list()) ids.push(id)
  expect(ids).toEqual([
    'chat',
    'echo',
    'reason',
    'tools',
    'vision',
    'refuse',
    'cached',
    'embed-256',
    'image',
    'image-large',
    'speech',
    'speech-large',
    'transcribe',
    'rerank',
    'moderation',
    'video',
    'video-failed',
    'error-401',
    'error-429',
    'error-500',
    'timeout',
    'midstream',
    'slow',
    'flaky-30',
  ])
  expect(await openai.models.retrieve('embed-256')).toMatchObject({
    id: 'embed-256',
    object: 'model',
  })
})

const complete = (model: string) => () =>
  openai.chat.completions.create({ model, messages: ask('hi') })

test.each([
  ['error-401', AuthenticationError, { status: 401, code: 'invalid_api_key' }],
  ['error-429', RateLimitError, { status: 429, code: 'rate_limit_exceeded' }],
  ['error-500', InternalServerError, { status: 500, type: 'server_error' }],
  ['no-such-model', NotFoundError, { status: 404, code: 'model_not_found', param: 'model' }],
  ['embed-256', BadRequestError, { status: 400, param: 'model' }],
])('%s throws the error class of its status', async (model, errorClass, fields) => {
  const thrown = await complete(model)().catch((error: unknown) => error)
  expect(thrown).toBeInstanceOf(errorClass)
  expect(thrown).toMatchObject({ ...fields, requestID: expect.stringMatching(/^req_/) })
})

test('a 429 says when to come back', async () => {
  const thrown = await complete('error-429')().catch((error: unknown) => error)
  expect((thrown as RateLimitError).headers?.get('retry-after')).toBe('2')
})

test('a model that is not there, and a path that is not there, are 404', async () => {
  await expect(openai.models.retrieve('no/such%20model')).rejects.toBeInstanceOf(NotFoundError)
  await expect(openai.get('/models/%ff')).rejects.toBeInstanceOf(NotFoundError)
  await expect(openai.get('/nowhere')).rejects.toMatchObject({ status: 404, code: 'unknown_url' })
  await expect(openai.get('/chat/completions')).rejects.toMatchObject({ status: 405 })
})

test('with requireKey a wrong key is 401 and the right one is not', async () => {
  const guarded = await createSimulator({ requireKey: 'sk-right' }).listen()
  const withKey = (apiKey: string) =>
    new OpenAI({ baseURL: `${guarded.url}/v1`, apiKey, maxRetries: 0 }).models.list()
  await expect(withKey('sk-wrong')).rejects.toBeInstanceOf(AuthenticationError)
  expect((await withKey('sk-right')).data.length).toBeGreaterThan(0)
  await guarded.close()
})

test('headers tell the request id and the rate limits', async () => {
  const { response } = await openai.chat.completions
    .create({ model: 'chat', messages: ask('hi') })
    .withResponse()
  const names = ['limit', 'remaining', 'reset'].flatMap((what) =>
    ['requests', 'tokens'].map((unit) => `x-ratelimit-${what}-${unit}`),
  )
  expect(names.filter((name) => !response.headers.has(name))).toEqual([])
  expect(response.headers.get('x-ratelimit-reset-requests')).toMatch(/^\d+(ms|s)$/)
  expect(response.headers.get('openai-version')).toBe('2020-10-01')
})
