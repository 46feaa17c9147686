import { openAiChat, openAiEmbeddings } from '@aigne-hub/dialects'
import { HubError, type Operation, readJsonBody, type Target } from '@aigne-hub/protocol'
import { describe, expect, test } from 'vitest'
import { chooseLane, type LaneCall, type RequestLane } from './lane.ts'
import { credential, host, model } from './testing/providers.ts'

const messages = '[{"role":"user","content":"Hi","name":"ada"}]'

function targetOf(adapter: Partial<Target['provider']> = {}): Target {
  const { adapter: known } = host('lab', [])
  return { provider: { ...known, ...adapter }, model: model('m-1'), credential: credential('main') }
}

/** The lane of a call that takes one request. */
function requestLane<O extends Operation>(call: LaneCall<O>, target: Target): RequestLane {
  const lane = chooseLane(call, target)
  if ('first' in lane) throw new TypeError('This lane is an exchange.')
  return lane
}

/** The lane of a chat call with this body. */
function laneOf(text: string, target: Target) {
  const body = readJsonBody(new TextEncoder().encode(text))
  const request = openAiChat.readRequest(body, {})
  return requestLane({ inbound: openAiChat, body, request, context: contextOf(request) }, target)
}

function contextOf<R>(request: R) {
  return { request, requestId: 'req_1', arrivedAt: 1_790_000_000 }
}

const wireOf = (text: string, target: Target) =>
  Buffer.from(laneOf(text, target).wire.body ?? '').toString()

describe('the relay lane', () => {
  test('is for a caller and a provider who speak the same dialect', () => {
    expect(laneOf(`{"model":"m","messages":${messages}}`, targetOf()).kind).toBe('relay')
  })

  test('sends the body as it came, but for the fields that must change', () => {
    const text = `{ "big_id": 12345678901234567890, "model": "lab/m-1",  "messages": ${messages}, "new_field": [1.0] }`
    expect(wireOf(text, targetOf())).toBe(
      `{"big_id": 12345678901234567890,"model":"m-1","messages": ${messages}, "new_field": [1.0]}`,
    )
  })

  test('tells what the provider does not take', () => {
    const { dropped } = laneOf(
      `{"model":"m","messages":${messages},"user":"ada"}`,
      targetOf({ quirks: { unsupported: ['user'] } }),
    )
    expect(dropped).toEqual(['user'])
  })

  test('gives a failed stream an error frame with the request id', () => {
    const stream = laneOf(`{"model":"m","messages":${messages},"stream":true}`, targetOf()).stream()
    const frame = stream.fail(new HubError('upstream_timeout', 'Too slow.'))
    expect(JSON.parse(frame?.replace('data: ', '') ?? '')).toMatchObject({
      error: { code: 'upstream_timeout', request_id: 'req_1' },
    })
  })
})

describe('the translate lane', () => {
  const plain = `{"model":"m","messages":${messages}}`

  test.each([
    ['the provider’s bytes may not be passed through', targetOf({ relay: [] })],
    [
      'edits of top-level fields are not enough',
      targetOf({ quirks: { unsupported: ['messages.name'] } }),
    ],
  ])('is taken when %s', (_, target) => {
    expect(laneOf(plain, target).kind).toBe('translate')
  })

  test('is taken when the provider speaks another dialect', () => {
    const other = { ...openAiChat, id: 'ollama' as const }
    const target = targetOf({ dialects: { chat: [other] }, relay: ['openai-chat', 'ollama'] })
    expect(laneOf(plain, target).kind).toBe('translate')
  })

  test('is taken when the body does not say all of the request', () => {
    const body = readJsonBody(new TextEncoder().encode(plain))
    const request = openAiChat.readRequest(body, {})
    const call = { inbound: openAiChat, body, request, context: contextOf(request) }
    expect(chooseLane({ ...call, isRewritten: true }, targetOf()).kind).toBe('translate')
  })

  test('follows the model’s quirks and limits rather than its provider’s', () => {
    const target = targetOf({ relay: [], quirks: { maxTokensField: 'max_tokens' } })
    target.model = { ...target.model, quirks: { maxTokensField: 'max_completion_tokens' } }
    const text = `{"model":"m","messages":${messages},"max_tokens":5}`
    expect(JSON.parse(wireOf(text, target))).toMatchObject({ max_completion_tokens: 5 })
  })

  test('loses what the target cannot express where the caller wants it so', () => {
    const body = readJsonBody(
      new TextEncoder().encode(`{"model":"m","messages":${messages},"stop":"x"}`),
    )
    const request = openAiChat.readRequest(body, {})
    const call = { inbound: openAiChat, body, request, context: contextOf(request) }
    const target = targetOf({ relay: [], quirks: { unsupported: ['stop'] } })
    expect(chooseLane({ ...call, dropsUnsupported: true }, target).dropped).toEqual(['stop'])
  })

  test('writes the request anew, for the target’s model', () => {
    const wire = JSON.parse(wireOf(plain, targetOf({ relay: [] })))
    expect(wire).toEqual({ model: 'm-1', messages: [{ role: 'user', content: 'Hi', name: 'ada' }] })
  })

  test('refuses what the target cannot express', () => {
    const target = targetOf({ relay: [], quirks: { unsupported: ['stop'] } })
    expect(() => laneOf(`{"model":"m","messages":${messages},"stop":"x"}`, target)).toThrow(
      expect.objectContaining({ code: 'unsupported_parameter', param: 'stop' }),
    )
  })
})

test.each([
  ['relayed', ['openai-chat' as const]],
  ['translated', []],
])(
  'gemini#10: more than the provider takes at once is refused before it is sent (%s)',
  (_, relay) => {
    const target = targetOf({ relay, quirks: { maxRequestBytes: 2000 } })
    const text = (length: number) =>
      `{"model":"m","messages":[{"role":"user","content":"${'x'.repeat(length)}"}]}`
    expect(laneOf(text(1500), target).wire.body?.length).toBeLessThan(2000)
    expect(() => laneOf(text(2500), target)).toThrow(
      expect.objectContaining({ code: 'request_too_large', status: 413 }),
    )
  },
)

test('a dialect that does not stream cannot be asked to', () => {
  const body = readJsonBody(new TextEncoder().encode('{"model":"m","input":"x"}'))
  const request = openAiEmbeddings.readRequest(body, {})
  const call = { inbound: openAiEmbeddings, body, request, context: contextOf(request) }
  expect(() => requestLane(call, targetOf()).stream()).toThrow('does not stream')
  expect(() => requestLane(call, targetOf({ relay: [] })).stream()).toThrow('does not stream')
})
