import { usageOf } from '@aigne-hub/protocol'
import { expect, test } from 'vitest'
import { targetOf } from '../testing/bytes.ts'
import { driveExchange } from '../testing/drive-exchange.ts'
import { firstAddress, poeImages } from './images.ts'

const cat = { model: 'GPT-Image-1.5', prompt: 'A cat', n: 1 }
const exchange = (fields: object) => poeImages.exchange({ ...cat, ...fields }, targetOf())
const sent = (fields: object) => {
  const step = exchange(fields).next().value
  if (!('do' in step) || step.do !== 'send') throw new Error('Nothing is sent.')
  return step.requests.map((wire) => ({ ...wire, body: JSON.parse(String(wire.body)) }))
}
const said = (content: unknown, rest: object = {}) => ({
  created: 7,
  choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 3, completion_tokens: 0, total_tokens: 3 },
  ...rest,
})
const url = 'https://pfst.cf2.poecdn.net/base/image/1a2b?w=1024&h=1024'

test('a bot is asked in chat, without a stream', () => {
  expect(sent({ size: '1536x1024', quality: 'high', user: 'u', seed: 7 })).toEqual([
    {
      path: '/chat/completions',
      body: {
        model: 'm1',
        messages: [{ role: 'user', content: 'A cat' }],
        stream: false,
        aspect_ratio: '3:2',
        quality: 'high',
      },
      dropped: ['seed', 'user'],
    },
  ])
  expect(sent({ quality: 'auto', size: 'auto' })[0]?.body).toEqual({
    model: 'm1',
    messages: [{ role: 'user', content: 'A cat' }],
    stream: false,
  })
})

test.each([
  [{ aspectRatio: '21:9' }, '21:9'],
  [{ size: '1792x1024' }, '16:9'],
  [{ size: '1000x100' }, '10:1'],
])('%j is the ratio %s', (shape, ratio) => {
  expect(sent(shape)[0]?.body.aspect_ratio).toBe(ratio)
})

test('an answer that opens brackets without end does not take long to search', {
  timeout: 1000,
}, () => {
  expect(firstAddress('!['.repeat(2_000_000))).toBeUndefined()
})

test('images to work from are parts of the message', () => {
  const images = [{ data: 'AQID', mimeType: 'image/png' }]
  expect(sent({ images })[0]?.body.messages[0].content).toEqual([
    { type: 'text', text: 'A cat' },
    { type: 'image_url', image_url: { url: 'data:image/png;base64,AQID' } },
  ])
})

test.each<[string, string, string | undefined]>([
  ['a picture in Markdown', `Here it is:\n\n![A cat](${url})\n`, url],
  ['a picture after a link', `By [me](https://me.test). ![a](${url})`, url],
  ['a link', `[The picture](${url}), as you wished.`, url],
  ['an address alone', url, url],
  ['an address in a sentence', `See ${url}.`, url],
  ['an address in brackets', `<${url}>`, url],
  ['two addresses', `${url}\nhttps://x.test/2.png`, url],
  ['no address', 'I cannot draw that.', undefined],
  ['an address nobody can fetch', '![x](file:///etc/passwd)', undefined],
])('poe#2: the address is found in %s', (_, text, expected) => {
  expect(firstAddress(text)).toBe(expected)
})

test('several pictures are several requests', () => {
  const { steps, reply } = driveExchange(exchange({ n: 2 }), [
    [said(`![a](${url}1)`), said(`![a](${url}2)`)],
  ])
  expect(steps).toEqual([{ do: 'send', requests: [expect.anything(), expect.anything()] }])
  expect(reply).toEqual({
    created: 7,
    images: [{ url: `${url}1` }, { url: `${url}2` }],
    usage: usageOf({ input: 6, images: 2 }),
  })
})

test('base64 is fetched', () => {
  const { steps, reply } = driveExchange(exchange({ responseFormat: 'base64' }), [
    [said(`![a](${url})`, { usage: undefined })],
    [Uint8Array.of(1, 2, 3)],
  ])
  expect(steps[1]).toEqual({ do: 'fetch', urls: [url] })
  expect(reply.images).toEqual([{ data: 'AQID' }])
  expect(reply.usage).toEqual(usageOf({ images: 1, estimated: true }))
})

test('a mask and a format of the file are refused', () => {
  const mask = { data: 'AQID', mimeType: 'image/png' }
  const refused = (param: string) =>
    expect.objectContaining({ code: 'unsupported_parameter', param })
  expect(() => sent({ mask })).toThrow(refused('mask'))
  expect(() => sent({ outputFormat: 'webp' })).toThrow(refused('output_format'))
})

test.each<[string, object, object]>([
  [
    'that its filter ended',
    { choices: [{ message: { content: '' }, finish_reason: 'content_filter' }] },
    { code: 'upstream_rejected', status: 400 },
  ],
  ['in words', said('I cannot draw that.'), { code: 'upstream_failed' }],
  ['poe#1: of nothing', said(null), { code: 'upstream_failed' }],
  ['without choices', {}, { code: 'upstream_failed' }],
])('an answer %s is a failure', (_, answer, expected) => {
  expect(() => driveExchange(exchange({}), [[answer]])).toThrow(expect.objectContaining(expected))
})
