import { type ChatRequest, type ChatResponse, Ollama, type Tool } from 'ollama'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createSimulator } from './simulator.ts'

const simulator = createSimulator({ seed: 4 })
let listening: Awaited<ReturnType<typeof simulator.listen>>
let ollama: Ollama

beforeAll(async () => {
  listening = await simulator.listen()
  ollama = new Ollama({ host: `${listening.url}/ollama` })
})
afterAll(() => listening.close())

const asked = (model: string, content = 'What is a gateway?'): ChatRequest => ({
  model,
  messages: [{ role: 'user', content }],
})

async function piecesOf(request: ChatRequest): Promise<ChatResponse[]> {
  const pieces: ChatResponse[] = []
  for await (const piece of await ollama.chat({ ...request, stream: true })) pieces.push(piece)
  return pieces
}

const weather: Tool = {
  type: 'function',
  function: {
    name: 'get_weather',
    description: 'The weather somewhere.',
    parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  },
}

test('chat: an answer with its counts', async () => {
  const answer = await ollama.chat({ ...asked('chat'), stream: false })
  expect(answer.message.content).toContain('What is a gateway?')
  expect(answer).toMatchObject({ model: 'chat', done: true, done_reason: 'stop' })
  expect(answer.prompt_eval_count).toBeGreaterThan(5)
  expect(answer.eval_count).toBeGreaterThan(5)
  const spent = answer.load_duration + answer.prompt_eval_duration + answer.eval_duration
  expect(answer.total_duration).toBe(spent)
})

test('a stream is the default, says the same, and counts on its last line', async () => {
  const whole = await ollama.chat({ ...asked('chat'), stream: false })
  const pieces = await piecesOf(asked('chat'))
  expect(pieces.map(({ message }) => message.content).join('')).toBe(whole.message.content)
  expect(pieces.at(-1)).toMatchObject({
    done: true,
    done_reason: 'stop',
    prompt_eval_count: whole.prompt_eval_count,
    eval_count: whole.eval_count,
  })
  expect(
    pieces.slice(0, -1).every(({ done, eval_count }) => !done && eval_count === undefined),
  ).toBe(true)

  const body = JSON.stringify({ model: 'chat:latest', messages: asked('chat').messages })
  const response = await fetch(`${listening.url}/ollama/api/chat`, { method: 'POST', body })
  expect(response.headers.get('content-type')).toBe('application/x-ndjson')
  const lines = (await response.text()).split('\n')
  expect(lines.pop()).toBe('')
  expect(lines.map((line) => JSON.parse(line).model)).toEqual(pieces.map(() => 'chat:latest'))
})

test('thoughts come apart from the answer, as many as are wanted, or leak', async () => {
  const thoughtful = await ollama.chat({ ...asked('reason'), think: 'high', stream: false })
  const { thinking = '', content } = thoughtful.message
  expect(thinking).toContain('gateway')
  expect(content).toContain('What is a gateway?')
  const pieces = await piecesOf({ ...asked('reason'), think: 'high' })
  expect(pieces.map(({ message }) => message.thinking ?? '').join('')).toBe(thinking)
  const silent = await ollama.chat({ ...asked('reason'), think: false, stream: false })
  expect(silent.message.thinking).toBeUndefined()
  const raw = await ollama.chat({ ...asked('reason:raw'), stream: false })
  expect(raw.message.thinking).toBeUndefined()
  expect(raw.message.content).toMatch(/^<think>[^<]+gateway[^<]+<\/think>\n\n/)
})

test('tools are called whole, with objects, and their results passed on', async () => {
  const request = { ...asked('tools', 'weather in Paris and Rome'), tools: [weather] }
  const first = await ollama.chat({ ...request, stream: false })
  expect(first.done_reason).toBe('stop')
  const calls = first.message.tool_calls ?? []
  const cities = [{ city: 'Paris' }, { city: 'Rome' }]
  expect(calls.map((call) => call.function.arguments)).toEqual(cities)
  const streamed = (await piecesOf(request)).flatMap(({ message }) => message.tool_calls ?? [])
  expect(streamed.map((call) => call.function.arguments)).toEqual(cities)
  const last = await ollama.chat({
    model: 'tools',
    messages: [
      ...(request.messages ?? []),
      first.message,
      { role: 'tool', tool_name: 'get_weather', content: '20 degrees' },
      { role: 'tool', tool_name: 'get_weather', content: '25 degrees' },
    ],
    tools: [weather],
    stream: false,
  })
  expect(last.message.content).toContain('`get_weather`: 20 degrees\n- `get_weather`: 25 degrees')
})

test('formats: JSON, and a schema', async () => {
  const format = { type: 'object', properties: { size: { type: 'integer' } }, required: ['size'] }
  const valid = await ollama.chat({ ...asked('chat'), format, stream: false })
  expect(JSON.parse(valid.message.content).size).toSatisfy(Number.isInteger)
  const json = await ollama.chat({ ...asked('chat'), format: 'json', stream: false })
  expect(JSON.parse(json.message.content)).toMatchObject({ simulated: true })
})

test('options: how much, up to where, and how much of the past', async () => {
  const short = await ollama.chat({ ...asked('echo'), options: { num_predict: 2 }, stream: false })
  expect(short).toMatchObject({ done_reason: 'length', eval_count: 2 })
  const stopped = await ollama.chat({
    ...asked('echo'),
    options: { stop: ['gate'] },
    stream: false,
  })
  expect(stopped.message.content).toBe('What is a ')
  const past = { role: 'user', content: 'word '.repeat(300) }
  const long = { model: 'echo', messages: [past, ...(asked('echo').messages ?? [])] }
  const counts = async (num_ctx: number) =>
    (await ollama.chat({ ...long, options: { num_ctx }, stream: false })).prompt_eval_count
  expect(await counts(1000)).toBeGreaterThan(300)
  expect(await counts(200)).toBeLessThan(50)
})

test('images are bare base64', async () => {
  const gif = 'R0lGODlhAgADAIAAAAAAAP///yH5BAEAAAAALAAAAAACAAMAAAIBRAA7'
  const show = (image: string) =>
    ollama.chat({
      model: 'vision',
      messages: [{ role: 'user', content: 'Look.', images: [image] }],
      stream: false,
    })
  expect((await show(gif)).message.content).toContain('GIF, 2 × 3 pixels')
  const body = JSON.stringify({
    model: 'vision',
    messages: [{ role: 'user', content: '', images: [`data:image/gif;base64,${gif}`] }],
  })
  const response = await fetch(`${listening.url}/ollama/api/chat`, { method: 'POST', body })
  expect(response.status).toBe(400)
  expect(await response.json()).toEqual({ error: 'illegal base64 data at input byte 4' })
})

test('a prompt that was known is not counted', async () => {
  const { prompt_eval_count, eval_count } = await ollama.chat({ ...asked('cached'), stream: false })
  expect(prompt_eval_count).toBeUndefined()
  expect(eval_count).toBeGreaterThan(5)
})

test('no messages only load the model', async () => {
  const loaded = await ollama.chat({ model: 'chat', messages: [], stream: false })
  expect(loaded).toMatchObject({ done: true, done_reason: 'load', message: { content: '' } })
  const gone = await ollama.chat({ model: 'chat', messages: [], keep_alive: 0, stream: false })
  expect(gone.done_reason).toBe('unload')
})

test('embeddings, as short as is wanted', async () => {
  const { embeddings, prompt_eval_count } = await ollama.embed({
    model: 'embed-256',
    input: ['one', 'two words'],
    dimensions: 64,
  })
  expect(embeddings.map(({ length }) => length)).toEqual([64, 64])
  expect(prompt_eval_count).toBe(3)
  expect(Math.hypot(...(embeddings[1] ?? []))).toBeCloseTo(1)
})

test('models, what each can do, and the version', async () => {
  const { models } = await ollama.list()
  expect(models.map(({ name }) => name)).toContain('reason:latest')
  const { capabilities, model_info } = await ollama.show({ model: 'reason' })
  expect(capabilities).toEqual(['completion', 'tools', 'thinking'])
  expect(model_info).toMatchObject({ 'simulator.context_length': 131_072 })
  expect((await ollama.version()).version).toMatch(/^\d+\.\d+\.\d+$/)
})

test.each<[what: string, request: ChatRequest, status: number, message: string]>([
  ['no such model', asked('nothing'), 404, "model 'nothing' not found"],
  ['no model', asked(''), 400, 'model is required'],
  ['thoughts of one that has none', { ...asked('chat'), think: true }, 400, 'support thinking'],
  ['tools for one that has none', { ...asked('echo'), tools: [weather] }, 400, 'support tools'],
  ['vectors for words', asked('embed-256'), 400, 'does not support chat'],
  ['an unknown role', { model: 'chat', messages: [{ role: 'x', content: '' }] }, 400, 'role'],
  ['an unknown format', { ...asked('chat'), format: 'xml' }, 400, 'invalid format'],
  [
    'an option that is no number',
    { ...asked('chat'), options: JSON.parse('{"temperature":"warm"}') },
    400,
    'option "temperature"',
  ],
])('%s is refused', async (_what, request, status, message) => {
  const refusal = ollama.chat({ ...request, stream: false })
  await expect(refusal).rejects.toMatchObject({
    status_code: status,
    message: expect.stringContaining(message),
  })
})

test.each([
  ['parts of content', { content: [{ type: 'text', text: 'hi' }] }],
  [
    'arguments as text',
    { content: '', tool_calls: [{ function: { name: 'a', arguments: '{}' } }] },
  ],
])('%s are refused: this is not OpenAI', async (_what, message) => {
  const body = JSON.stringify({ model: 'chat', messages: [{ role: 'assistant', ...message }] })
  const response = await fetch(`${listening.url}/ollama/api/chat`, { method: 'POST', body })
  expect(response.status).toBe(400)
  expect(await response.text()).toContain('json: cannot unmarshal')
})

test('a server that is busy, or limits how often, says it without a time', async () => {
  simulator.script(['overloaded', 'rate-limited'])
  const busy = await fetch(`${listening.url}/ollama/api/chat`, { method: 'POST', body: '{}' })
  expect([busy.status, await busy.text()]).toEqual([503, expect.stringContaining('server busy')])
  const limited = await fetch(`${listening.url}/ollama/api/chat`, { method: 'POST', body: '{}' })
  expect([limited.status, limited.headers.get('retry-after')]).toEqual([429, null])
})

test('an error in a stream is a line of its own', async () => {
  simulator.script('error-event')
  await expect(piecesOf(asked('chat'))).rejects.toThrow('The server had an error')
  simulator.script('cut-mid-event')
  await expect(piecesOf(asked('chat'))).rejects.toThrow()
})

test('under /v1 it speaks as OpenAI does', async () => {
  const body = JSON.stringify(asked('echo'))
  const url = `${listening.url}/ollama/v1/chat/completions`
  const response = await fetch(url, { method: 'POST', body })
  expect(await response.json()).toMatchObject({
    choices: [{ message: { content: 'What is a gateway?' } }],
  })
})
