import {
  anthropicCountTokens,
  anthropicMessages,
  openAiChat,
  openAiEmbeddings,
  openAiImages,
} from '@aigne-hub/dialects'
import { jsonBody } from '@aigne-hub/protocol'
import { createSimulator, type ReceivedRequest } from '@aigne-hub/simulator'
import { describe, expect, test } from 'vitest'
import { createCatalogue } from './catalogue.ts'
import { defaultDeadlines } from './ports.ts'
import type { Reply } from './reply.ts'
import { createRouter } from './router.ts'
import { fakeClock } from './testing/fake-clock.ts'
import { bytesOf, chunksOf, dataOf, saidIn, textOf } from './testing/replies.ts'
import { askEcho, failureOf, lanes, setUp } from './testing/set-up.ts'

/** What the simulator answers to a request that it has had before. */
async function answerTo({ method, path, headers, body }: ReceivedRequest): Promise<Buffer> {
  const twin = createSimulator({ clock: fakeClock() })
  const sent = { method, url: path, headers, body: JSON.stringify(body) }
  const answer = await twin.send(sent, new AbortController().signal)
  return Buffer.from(await answer.body.bytes(1_000_000))
}

const json = async (reply: Reply) => JSON.parse(await textOf(reply))

describe('in the relay lane', () => {
  test('a whole answer is the provider’s, byte for byte', async () => {
    const { router, simulator } = setUp()
    const reply = await askEcho(router)
    const request = await simulator.nextRequest()
    expect(await bytesOf(reply)).toEqual(await answerTo(request))
    expect(request.body).toMatchObject({ model: 'echo' })
  })

  test('a stream is the provider’s byte for byte, usage included, if the caller wants it', async () => {
    const { router, simulator } = setUp()
    const reply = await askEcho(router, { stream: true, stream_options: { include_usage: true } })
    expect(await bytesOf(reply)).toEqual(await answerTo(await simulator.nextRequest()))
  })

  test('a stream is the provider’s byte for byte but for the usage frame nobody asked for', async () => {
    const { router, simulator, records } = setUp()
    const text = await textOf(await askEcho(router, { stream: true }))
    const frames = (await answerTo(await simulator.nextRequest())).toString().split(/(?<=\n\n)/)
    const usageFrames = frames.filter((frame) => frame.includes('"choices":[]'))
    expect(usageFrames).toHaveLength(1)
    expect(text).toBe(frames.filter((frame) => !usageFrames.includes(frame)).join(''))
    const reported = chunksOf(usageFrames.join(''))[0]?.usage
    expect(reported).toMatchObject({
      prompt_tokens: records[0]?.usage.input,
      completion_tokens: records[0]?.usage.output,
    })
  })
})

describe('in the translate lane', () => {
  test('a whole answer says what the provider’s says', async () => {
    const { router, simulator } = setUp({ lane: 'translate' })
    const answer = await json(await askEcho(router))
    const theirs = JSON.parse((await answerTo(await simulator.nextRequest())).toString())
    expect(answer).toMatchObject({
      object: 'chat.completion',
      model: theirs.model,
      choices: [
        {
          index: 0,
          message: { role: 'assistant', content: theirs.choices[0].message.content },
          finish_reason: 'stop',
        },
      ],
      usage: { total_tokens: theirs.usage.total_tokens },
    })
  })

  test('a stream says what the provider’s says', async () => {
    const { router, simulator } = setUp({ lane: 'translate' })
    const text = await textOf(await askEcho(router, { stream: true }))
    const theirs = (await answerTo(await simulator.nextRequest())).toString()
    expect(saidIn(text)).toBe(saidIn(theirs))
    expect(saidIn(text)).toContain('日本語 — of the sea, and of 🌍')
    expect(dataOf(text).at(-1)).toBe('[DONE]')
    expect(chunksOf(text).at(-1)?.choices?.[0]?.finish_reason).toBe('stop')
    expect(chunksOf(text).filter(({ usage }) => usage)).toEqual([])
  })

  test('usage comes in one last chunk if the caller wants it', async () => {
    const { router, simulator } = setUp({ lane: 'translate' })
    const options = { stream: true, stream_options: { include_usage: true } }
    const chunks = chunksOf(await textOf(await askEcho(router, options)))
    const theirs = chunksOf((await answerTo(await simulator.nextRequest())).toString())
    const counts = ({
      prompt_tokens,
      completion_tokens,
      total_tokens,
    }: Record<string, unknown>) => [prompt_tokens, completion_tokens, total_tokens]
    expect(chunks.at(-1)?.choices).toEqual([])
    expect(counts({ ...chunks.at(-1)?.usage })).toEqual(counts({ ...theirs.at(-1)?.usage }))
  })
})

describe.each(lanes)('other operations in the %s lane', (lane) => {
  test('embeddings are the provider’s', async () => {
    const { router, simulator, records } = setUp({ lane })
    const body = jsonBody({ model: 'sim/embed-256', input: ['one', 'two'] })
    const answer = await json(await router.route({ dialect: openAiEmbeddings, body }))
    const theirs = JSON.parse((await answerTo(await simulator.nextRequest())).toString())
    const rounded = ({ embedding }: { embedding: number[] }) => [...Float32Array.from(embedding)]
    expect(answer.data.map(rounded)).toEqual(theirs.data.map(rounded))
    expect(records).toMatchObject([
      { operation: 'embeddings', lane, usage: { input: theirs.usage.prompt_tokens } },
    ])
  })

  test('images are the provider’s', async () => {
    const { router, simulator, records } = setUp({ lane })
    const body = jsonBody({ model: 'sim/image', prompt: 'A red square', size: '256x256' })
    const answer = await json(await router.route({ dialect: openAiImages, body }))
    const theirs = JSON.parse((await answerTo(await simulator.nextRequest())).toString())
    expect(answer.data[0].b64_json).toBe(theirs.data[0].b64_json)
    expect(records).toMatchObject([{ operation: 'images', lane, usage: { images: 1 } }])
  })
})

describe('the headers of a reply', () => {
  test('say who answered, at which try and how long it took', async () => {
    const { router, clock } = setUp()
    const { status, headers } = await clock.during(askEcho(router, { model: 'sim/slow' }))
    expect(status).toBe(200)
    expect(headers).toEqual({
      'content-type': 'application/json',
      'x-hub-provider': 'sim',
      'x-hub-attempts': '1',
      'server-timing': 'total;dur=10000.0, upstream;dur=10000',
    })
  })

  test('keep proxies from holding a stream back', async () => {
    const { router } = setUp()
    const { status, headers } = await askEcho(router, { stream: true })
    expect(status).toBe(200)
    expect(headers).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache',
      'x-accel-buffering': 'no',
      'x-hub-provider': 'sim',
      'x-hub-attempts': '1',
    })
  })

  test.each(lanes)('list what the target could not express (%s)', async (lane) => {
    const adapter = { quirks: { unsupported: ['user', 'seed'] } }
    const { router, simulator, records } = setUp({ lane, adapter })
    const { headers } = await askEcho(router, { user: 'ada', seed: 1, temperature: 0 })
    expect(headers['x-hub-dropped-params']?.split(', ').sort()).toEqual(['seed', 'user'])
    expect(records[0]?.dropped.toSorted()).toEqual(['seed', 'user'])
    const { body } = await simulator.nextRequest()
    expect(body).toMatchObject({ temperature: 0 })
    expect(body).not.toHaveProperty('user')
  })
})

describe('what a caller may use', () => {
  const caller = { keyId: 'k', keyName: 'ci', accountId: 'acme' }
  const aliases = [{ id: 'parrot', target: 'sim/echo' }]
  const withRights = (...names: string[]) => {
    const { provider } = setUp()
    return setUp({
      ports: {
        catalogue: createCatalogue({ providers: [provider], aliases }),
        mayUseModel: ({ keyName }, name) => keyName === 'ci' && names.includes(name),
      },
    })
  }

  test('is refused by name, without asking the provider', async () => {
    const { router, simulator, records } = withRights('sim/chat')
    const error = await failureOf(askEcho(router, {}, { caller }))
    expect(error).toMatchObject({ code: 'permission_denied', status: 403, param: 'model' })
    expect(error.message).toContain('"ci" may not use the model "sim/echo"')
    expect(simulator.counters.received).toBe(0)
    expect(records).toMatchObject([
      { accountId: 'acme', keyId: 'k', requestedModel: 'sim/echo', status: 403, attempts: [] },
    ])
  })

  test('covers the target of an alias it may use', async () => {
    const { router } = withRights('parrot')
    expect((await askEcho(router, { model: 'parrot' }, { caller })).status).toBe(200)
  })

  test('covers an alias of a model it may use', async () => {
    const { router } = withRights('sim/echo')
    expect((await askEcho(router, { model: 'parrot' }, { caller })).status).toBe(200)
  })

  test('does not cover another alias of the same model, nor the model behind an alias', async () => {
    const { router } = withRights('sim/chat')
    const error = await failureOf(askEcho(router, { model: 'parrot' }, { caller }))
    expect(error.code).toBe('permission_denied')
    const behind = await failureOf(askEcho(withRights('parrot').router, {}, { caller }))
    expect(behind.code).toBe('permission_denied')
  })
})

test('an embedder needs a catalogue and a transport, and nothing else', async () => {
  const { provider, simulator } = setUp()
  const catalogue = createCatalogue({ providers: [provider] })
  const reply = await askEcho(createRouter({ catalogue, transport: simulator }))
  expect((await json(reply)).choices[0].message.content).toContain('of the sea')
})

test('a catalogue given as a function is asked once a call, so it can be replaced', async () => {
  const { provider } = setUp()
  const full = createCatalogue({ providers: [provider] })
  let current = createCatalogue({ providers: [] })
  const { router } = setUp({ ports: { catalogue: () => current } })
  expect((await failureOf(askEcho(router))).code).toBe('model_not_found')
  current = full
  expect((await askEcho(router)).status).toBe(200)
})

test('a provider without a transport of its own is reached over the router’s, signed', async () => {
  const { simulator, provider } = setUp({ simulator: { requireKey: 'sim-main' } })
  const { transport: _, ...adapter } = provider.adapter
  const catalogue = createCatalogue({ providers: [{ ...provider, adapter }] })
  await askEcho(createRouter({ catalogue, transport: simulator }))
  const { headers, path } = await simulator.nextRequest()
  expect(path).toBe('/v1/chat/completions')
  expect(headers).toMatchObject({
    authorization: 'Bearer sim-main',
    'content-type': 'application/json',
  })
})

test('a body may come as bytes', async () => {
  const { router } = setUp()
  const body = new TextEncoder().encode(
    '{"model":"sim/echo","messages":[{"role":"user","content":"Hi"}]}',
  )
  const answer = await json(await router.route({ dialect: openAiChat, body }))
  expect(answer.choices[0].message.content).toBe('Hi')
})

describe('a caller who waits for headers only so long', () => {
  const early = { wantsEarlyHeaders: true }

  test('gets the whole answer at once when it comes in time', async () => {
    const { router } = setUp()
    const reply = await askEcho(router, {}, early)
    // Whole: its length is known before its headers go out.
    expect(reply.body).toBeInstanceOf(Uint8Array)
    expect(reply.headers['x-hub-attempts']).toBe('1')
  })

  test('gets the headers in time and the answer when it is there', async () => {
    const { router, clock, simulator } = setUp({ simulator: { pace: 'manual' } })
    simulator.script('headers-never-come')
    const asking = askEcho(router, {}, early)
    await simulator.nextRequest()
    clock.advance(defaultDeadlines.headersMs)
    const reply = await asking
    expect(reply).toMatchObject({ status: 200, headers: { 'content-type': 'application/json' } })
    const reading = textOf(reply)
    clock.advance(defaultDeadlines.totalMs)
    // No status is left to tell it with: the body breaks off.
    expect(await failureOf(reading)).toMatchObject({ code: 'upstream_timeout' })
  })
})

describe('x-hub-unsupported', () => {
  const adapter = { quirks: { unsupported: ['stop', 'user'] }, relay: [] }
  const fields = { stop: 'x', user: 'ann' }
  const wishing = (wish: string) => ({ headers: { 'x-hub-unsupported': wish } })

  test('drop: what the target cannot express is left out, whatever it means', async () => {
    const { router } = setUp({ adapter })
    const reply = await askEcho(router, fields, wishing('drop'))
    expect(reply.headers['x-hub-dropped-params']).toBe('stop, user')
  })

  test('names that no header can carry, or too many of them, do not harm the answer', async () => {
    const { router, records } = setUp({ adapter })
    const names = Array.from({ length: 200 }, (_, at) => `field_${at}`)
    const odd = { 日本: 1, 'a\nb': 1, ['x'.repeat(10_000)]: 1 }
    const { headers } = await router.route({
      dialect: anthropicMessages,
      body: jsonBody({
        model: 'sim/echo',
        max_tokens: 9,
        messages: [{ role: 'user', content: 'Hi' }],
        ...odd,
        ...Object.fromEntries(names.map((name) => [name, 1])),
      }),
    })
    expect(headers['x-hub-dropped-params']).toMatch(/^[\x20-\x7e]{1,2000}, \+\d+$/)
    expect(records[0]?.dropped.length).toBeLessThan(150)
  })

  test('error: not even a hint is left out', async () => {
    const { router } = setUp({ adapter })
    const call = askEcho(router, { user: 'ann' }, wishing('error'))
    expect(await failureOf(call)).toMatchObject({ code: 'unsupported_parameter', param: 'user' })
    expect((await askEcho(router, {}, wishing('error'))).status).toBe(200)
  })

  test('anything else is a 400', async () => {
    const { router } = setUp({ adapter })
    expect(await failureOf(askEcho(router, {}, wishing('yes')))).toMatchObject({
      code: 'invalid_request',
      param: 'x-hub-unsupported',
    })
  })
})

test('tokens are counted by estimate where the provider cannot count', async () => {
  const { router, records, simulator } = setUp()
  const reply = await router.route({
    dialect: anthropicCountTokens,
    body: jsonBody({ model: 'sim/chat', messages: [{ role: 'user', content: 'x'.repeat(4000) }] }),
  })
  expect(reply.headers['x-hub-estimated']).toBe('true')
  expect((await json(reply)).input_tokens).toBeGreaterThan(900)
  expect(simulator.requests).toEqual([])
  expect(records).toMatchObject([{ operation: 'countTokens', provider: 'sim', attempts: [] }])
})
