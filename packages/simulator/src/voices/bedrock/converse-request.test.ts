import { expect, test } from 'vitest'
import type { Json, JsonObject } from '../../json.ts'
import { createSimulator } from '../../simulator.ts'
import { greyPng } from '../../testing/png.ts'

const simulator = createSimulator({ seed: 6 })
const everLasting = new AbortController().signal

async function send(path: string, body?: JsonObject) {
  const response = await simulator.send(
    {
      method: body === undefined ? 'GET' : 'POST',
      url: `http://sim.local/bedrock${path}`,
      headers: {},
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    },
    everLasting,
  )
  const text = Buffer.from(await response.body.bytes(1e8)).toString()
  return { status: response.status, headers: response.headers, json: JSON.parse(text) }
}

async function refusalOf(path: string, body: JsonObject): Promise<string> {
  const { status, headers, json } = await send(path, body)
  const name = headers['x-amzn-errortype']?.split(':')[0]
  expect({ status, name }).toEqual({ status: 400, name: 'ValidationException' })
  return json.message
}

const text = (words: string): JsonObject => ({ text: words })
const talk = (...turns: [role: string, ...content: JsonObject[]][]): JsonObject => ({
  messages: turns.map(([role, ...content]) => ({ role, content })),
})
const hi = talk(['user', text('hi')])
const said = (...content: JsonObject[]) => talk(['user', ...content])
const tool = (name: string): JsonObject => ({
  toolSpec: { name, inputSchema: { json: { type: 'object' } } },
})
const toolConfig = { tools: [tool('add')] }
const use = (toolUseId: string, name = 'add', input: Json = {}): JsonObject => ({
  toolUse: { toolUseId, name, input },
})
const result = (toolUseId: string): JsonObject => ({
  toolResult: { toolUseId, content: [{ text: '' }] },
})
const png = greyPng([[0, 255]]).toString('base64')
const image = (format: string, source: JsonObject): JsonObject => ({ image: { format, source } })
const pdf = (name: string): JsonObject => ({
  document: { format: 'pdf', name, source: { bytes: 'AAAA' } },
})
const point = (more: JsonObject = {}): JsonObject => ({ cachePoint: { type: 'default', ...more } })
const more = (fields: JsonObject, rest: JsonObject = {}): JsonObject => ({
  ...hi,
  ...rest,
  additionalModelRequestFields: fields,
})
const inference = (fields: JsonObject) => ({ ...hi, inferenceConfig: fields })

test.each<[what: string, body: JsonObject, message: string]>([
  ['no messages', {}, "Value null at 'messages'"],
  ['an empty conversation', { messages: [] }, 'must start with a user message'],
  ['the assistant first', talk(['assistant', text('hi')]), 'must start with a user message'],
  ['the user twice', talk(['user', text('a')], ['user', text('b')]), 'must alternate'],
  ['an unknown role', talk(['tool', text('a')]), 'Member must satisfy enum value set'],
  ['no content', talk(['user']), 'content field in the Message object at messages.0 is empty'],
  ['content that is a text', { messages: [{ role: 'user', content: 'hi' }] }, 'must be a list'],
  ['a blank text', said(text(' \n')), 'at messages.0.content.0 is blank'],
  ['a blank system text', { ...hi, system: [text('')] }, 'at system.0 is blank'],
  ['white space at the end', talk(['user', text('a')], ['assistant', text('b ')]), 'trailing'],
  ['a block of no kind', said({ type: 'text', text: 'hi' }), 'extraneous key [type]'],
  ['a block of two kinds', said({ text: 'a', image: {} }), 'exactly one of'],
  ['a field of another vendor', { ...hi, max_tokens: 5 }, 'extraneous key [max_tokens]'],
  ['topK', inference({ topK: 5 }), '#/inferenceConfig: extraneous key [topK]'],
  ['warmth above 1', inference({ temperature: 1.1 }), 'less than or equal to 1'],
  ['no tokens', inference({ maxTokens: 0 }), 'greater than or equal to 1'],
  ['a blank stop sequence', inference({ stopSequences: [''] }), 'stopSequences.0'],

  [
    'the image of an address',
    said(image('png', { url: 'https://x.test' })),
    'extraneous key [url]',
  ],
  ['an image as a data URL', said(image('png', { bytes: `data:;base64,${png}` })), 'base64'],
  ['the wrong format', said(image('gif', { bytes: png })), 'appears to be a image/png image'],
  ['no image', said(image('png', { bytes: 'AAAA' })), 'Could not process image'],
  ['21 images', said(...Array(21).fill(image('png', { bytes: png }))), 'at most 20 images'],
  ['an image of the assistant', talk(['user', text('a')], ['assistant', image('png', {})]), 'role'],
  ['a document alone', said(pdf('a')), 'needs a text block'],
  ['a name with a dot', said(text('a'), pdf('a.pdf')), 'The file name can only contain'],
  ['a name with two spaces', said(text('a'), pdf('a  b')), 'The file name can only contain'],
  ['six documents', said(text('a'), ...Array(6).fill(pdf('a'))), 'at most 5 documents'],

  ['no tools', { ...hi, toolConfig: { tools: [] } }, 'at least 1 tool'],
  ['a tool of no name', { ...hi, toolConfig: { tools: [tool('a b')] } }, 'toolSpec.name'],
  ['a tool twice', { ...hi, toolConfig: { tools: [tool('a'), tool('a')] } }, 'conflicting names'],
  [
    'the choice of none',
    { ...hi, toolConfig: { ...toolConfig, toolChoice: { none: {} } } },
    'extraneous key [none]',
  ],
  [
    'the choice of another tool',
    { ...hi, toolConfig: { ...toolConfig, toolChoice: { tool: { name: 'b' } } } },
    'must match the name of a tool',
  ],
  [
    'a history of tools without tools',
    talk(['user', text('a')], ['assistant', use('1')], ['user', result('1')]),
    'toolConfig field must be defined',
  ],
  [
    'a result that is missing',
    {
      ...talk(['user', text('a')], ['assistant', use('1'), use('2')], ['user', result('1')]),
      toolConfig,
    },
    'Expected toolResult blocks at messages.2.content for the following Ids: 2',
  ],
  [
    'a result too many',
    {
      ...talk(['user', text('a')], ['assistant', use('1')], ['user', result('1'), result('2')]),
      toolConfig,
    },
    'exceeds the number of toolUse blocks',
  ],
  ['a result of nothing', { ...said(result('1')), toolConfig }, 'exceeds the number'],
  ['an id of no kind', talk(['user', text('a')], ['assistant', use('a b')]), 'toolUseId'],
  ['arguments as text', talk(['user', text('a')], ['assistant', use('1', 'add', '{}')]), 'object'],

  [
    'a cache point of an hour after one of minutes',
    said(text('a'), point(), point({ ttl: '1h' })),
    '1h',
  ],
  ['five cache points', said(text('a'), point(), point(), point(), point(), point()), 'At most 4'],
  [
    'a schema that is no text',
    {
      ...hi,
      outputConfig: {
        textFormat: { type: 'json_schema', structure: { jsonSchema: { schema: {} } } },
      },
    },
    'must be a text',
  ],
  [
    'a schema that is no JSON',
    {
      ...hi,
      outputConfig: {
        textFormat: { type: 'json_schema', structure: { jsonSchema: { schema: '{' } } },
      },
    },
    'JSON schema',
  ],
  [
    'a guardrail of no version',
    { ...hi, guardrailConfig: { guardrailIdentifier: 'a' } },
    'guardrailVersion',
  ],
  ['an unknown tier', { ...hi, serviceTier: { type: 'auto' } }, 'enum value set'],
  ['thoughts of no budget', more({ thinking: { type: 'enabled' } }), 'budget_tokens'],
  [
    'a budget above all tokens',
    more(
      { thinking: { type: 'enabled', budget_tokens: 2000 } },
      { inferenceConfig: { maxTokens: 2000 } },
    ),
    'greater than `thinking.budget_tokens`',
  ],
  [
    'warm thoughts',
    more({ thinking: { type: 'adaptive' } }, { inferenceConfig: { temperature: 0.5 } }),
    'temperature',
  ],
  [
    'thoughts and a forced tool',
    more(
      { thinking: { type: 'adaptive' } },
      { toolConfig: { ...toolConfig, toolChoice: { any: {} } } },
    ),
    'forces tool use',
  ],
  ['a beta of no date', more({ anthropic_beta: ['interleaved-thinking'] }), 'invalid beta flag'],
])('%s: refused', async (_what, body, message) => {
  expect(await refusalOf('/model/chat/converse', body)).toContain(message)
})

test('rules of one family', async () => {
  const stop = inference({ stopSequences: ['a'] })
  const gpt = '/model/openai.gpt-oss-120b-1%3A0/converse'
  expect(await refusalOf(gpt, stop)).toContain('stopSequences')
  const reasoningConfig = { type: 'enabled', maxReasoningEffort: 'high' }
  const nova = '/model/us.amazon.nova-2-lite-v1%3A0/converse'
  const hard = more({ reasoningConfig }, { inferenceConfig: { maxTokens: 50 } })
  expect(await refusalOf(nova, hard)).toContain('maxTokens')
  expect((await send(nova, more({ reasoningConfig }))).status).toBe(200)
})

test.each<[what: string, path: string, body: JsonObject, message: string]>([
  ['Titan: two texts', 'amazon.titan-embed-text-v2%3A0', { inputText: ['a', 'b'] }, 'a text'],
  ['Titan: 300', 'amazon.titan-embed-text-v2%3A0', { inputText: 'a', dimensions: 300 }, 'enum'],
  ['Cohere: no type', 'cohere.embed-v4%3A0', { texts: ['a'] }, "'input_type'"],
  [
    'Cohere: 97 texts',
    'cohere.embed-v4%3A0',
    { texts: Array(97).fill('a'), input_type: 'clustering' },
    '1 to 96 items',
  ],
  [
    'Nova: no parameters',
    'amazon.nova-2-multimodal-embeddings-v1%3A0',
    { taskType: 'SINGLE_EMBEDDING' },
    'singleEmbeddingParams',
  ],
  [
    'Canvas: an odd size',
    'amazon.nova-canvas-v1%3A0',
    {
      taskType: 'TEXT_IMAGE',
      textToImageParams: { text: 'a' },
      imageGenerationConfig: { width: 500 },
    },
    'divisible by 16',
  ],
  [
    'Canvas: neither mask nor words for it',
    'amazon.nova-canvas-v1%3A0',
    { taskType: 'INPAINTING', inPaintingParams: { image: png, text: 'a' } },
    'exactly one of maskPrompt and maskImage',
  ],
  [
    'Canvas: a grey mask',
    'amazon.nova-canvas-v1%3A0',
    {
      taskType: 'OUTPAINTING',
      outPaintingParams: { image: png, maskImage: greyPng([[0, 9]]).toString('base64'), text: 'a' },
    },
    'black and white',
  ],
])('%s: refused', async (_what, id, body, message) => {
  expect(await refusalOf(`/model/${id}/invoke`, body)).toContain(message)
})

test.each<[taskType: string, params: JsonObject]>([
  ['IMAGE_VARIATION', { imageVariationParams: { images: [png, png], text: 'a' } }],
  ['INPAINTING', { inPaintingParams: { image: png, maskImage: png, text: 'a' } }],
  ['OUTPAINTING', { outPaintingParams: { image: png, maskPrompt: 'the sky', text: 'a' } }],
  ['BACKGROUND_REMOVAL', { backgroundRemovalParams: { image: png } }],
])('Canvas does %s', async (taskType, params) => {
  const { json, headers } = await send('/model/amazon.nova-canvas-v1%3A0/invoke', {
    taskType,
    ...params,
  })
  expect(json.images).toHaveLength(1)
  expect(headers['x-amzn-bedrock-invocation-latency']).toMatch(/^\d+$/)
})

test('bedrock: a model that thinks between tools thinks once they have answered', async () => {
  const thoughtsAfter = async (...turns: Parameters<typeof talk>) => {
    const { json } = await send('/model/us.anthropic.claude-sonnet-5-5/converse', {
      ...talk(...turns),
      toolConfig,
      additionalModelRequestFields: { thinking: { type: 'between_tools' } },
    })
    return json.output.message.content.filter((block: JsonObject) => 'reasoningContent' in block)
  }
  expect(await thoughtsAfter(['user', text('hi')])).toHaveLength(0)
  const answered = ['user', result('1')] as [string, JsonObject]
  expect(await thoughtsAfter(['user', text('hi')], ['assistant', use('1')], answered)).toHaveLength(
    1,
  )
})

test('invoke counts in its headers', async () => {
  const body = { texts: ['one', 'two words'], input_type: 'search_document' }
  const { headers } = await send('/model/cohere.embed-v4%3A0/invoke', body)
  expect(headers['x-amzn-bedrock-input-token-count']).toBe('3')
})

test('foundation models, by provider and by what they are for', async () => {
  const { json } = await send('/foundation-models?byProvider=amazon&byOutputModality=IMAGE')
  expect(json.modelSummaries).toMatchObject([
    { modelId: 'amazon.nova-canvas-v1:0', inferenceTypesSupported: ['ON_DEMAND'] },
  ])
  const all = (await send('/foundation-models')).json.modelSummaries as { modelId: string }[]
  expect(all.map(({ modelId }) => modelId)).toContain('simulator.chat-v1:0')
})

interface ProfilePage {
  inferenceProfileSummaries: { inferenceProfileId: string }[]
  nextToken?: string
}

async function profilePages(query: string): Promise<string[][]> {
  const pages: string[][] = []
  let token: string | undefined = ''
  while (token !== undefined) {
    const next = token === '' ? '' : `&nextToken=${token}`
    const page: ProfilePage = (await send(`/inference-profiles?${query}${next}`)).json
    pages.push(page.inferenceProfileSummaries.map(({ inferenceProfileId: id }) => id))
    token = page.nextToken
  }
  return pages
}

test('inference profiles come in pages, every one once, and all can be called', async () => {
  const [all = []] = await profilePages('maxResults=1000')
  const pages = await profilePages('maxResults=7')
  expect(pages.map(({ length }) => length).slice(0, -1)).toEqual(pages.slice(1).map(() => 7))
  expect(pages.flat()).toEqual(all)
  const [own = []] = await profilePages('type=APPLICATION')
  expect(own).toContain('chat')
  const [shared = []] = await profilePages('type=SYSTEM_DEFINED')
  expect(shared).toContain('eu.simulator.chat-v1:0')
  const { status } = await send(
    `/model/${encodeURIComponent('eu.simulator.chat-v1:0')}/converse`,
    hi,
  )
  expect(status).toBe(200)
})

test.each(['type=OTHER', 'maxResults=0', 'nextToken=abc'])('%s is refused', async (query) => {
  expect((await send(`/inference-profiles?${query}`)).status).toBe(400)
})

test('what is padded is more than some events and not all', async () => {
  const { body } = await simulator.send(
    {
      method: 'POST',
      url: '/bedrock/model/chat/converse-stream',
      headers: {},
      body: JSON.stringify(hi),
    },
    everLasting,
  )
  const frames = Buffer.from(await body.bytes(1e6)).toString('latin1')
  const events = frames.split(':event-type').length - 1
  const padded = frames.split('"p":"').length - 1
  expect(padded).toBeGreaterThan(0)
  expect(padded).toBeLessThan(events)
})
