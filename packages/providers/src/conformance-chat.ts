import assert from 'node:assert/strict'
import {
  type ChatEvent,
  type ChatResponse,
  foldChat,
  type HubError,
  type OutboundDialect,
  type ProviderDialect,
  type WireTarget,
} from '@aigne-hub/protocol'

/** The two functions every test runner has. */
export interface TestRunner {
  describe(name: string, body: () => void): unknown
  test(name: string, body: () => void | Promise<void>): unknown
}

/** Stands for the secret of a credential. */
export const canary = 'canary-0123456789-secret'

/** The recorded answers of one chat dialect. */
export interface ChatRecordings {
  plain: string
  stream: string
  toolCall: string
}

/** What every provider keeps in a dialect it chats in. `name` begins the names of the tests. */
export function checkChat(
  test: TestRunner['test'],
  {
    name,
    chat,
    recordings,
  }: {
    name: string
    chat: OutboundDialect<'chat'>
    recordings: ChatRecordings
  },
  target: WireTarget,
  read: (file: string) => Uint8Array,
): void {
  /** The events of a recorded stream that arrives `size` bytes at a time. */
  const stream = (bytes: Uint8Array, size: number): ChatEvent[] => {
    const reader = chat.streamReader?.(target)
    assert.ok(reader, 'the dialect cannot stream')
    const events: ChatEvent[] = []
    for (let at = 0; at < bytes.length; at += size) {
      events.push(...reader.push(bytes.subarray(at, at + size)))
    }
    return [...events, ...reader.end()]
  }
  const plain = (): ChatResponse => foldChat(chat.readResponse(read(recordings.plain), target))

  test(`${name}: a plain answer has text, an end and usage`, () => {
    const { choices, usage } = plain()
    const [part] = choices[0]?.parts ?? []
    assert.ok(part?.type === 'text' && part.text !== '', 'there is no text')
    assert.equal(choices[0]?.finish?.reason, 'stop')
    assert.ok(usage.input > 0 && usage.output > 0 && !usage.estimated, 'usage is missing')
  })

  for (const [size, how] of [
    [Number.MAX_SAFE_INTEGER, 'at once'],
    [7, 'in small pieces'],
    [1, 'byte by byte'],
  ] as const) {
    test(`${name}: the streamed answer is the plain one, ${how}`, () => {
      // Two calls have two ids.
      const { id, created } = plain()
      const streamed = foldChat(stream(read(recordings.stream), size))
      assert.deepEqual({ ...streamed, id, created }, plain())
    })
    test(`${name}: tool calls are whole, ${how}`, () => {
      const [choice] = foldChat(stream(read(recordings.toolCall), size)).choices
      const calls = choice?.parts.filter((part) => part.type === 'toolCall') ?? []
      assert.ok(calls.length > 0, 'there is no tool call')
      for (const { id, name, input } of calls) {
        assert.ok(id !== '' && name !== '', 'a tool call without id or name')
        assert.doesNotThrow(() => JSON.parse(input), `the arguments of ${name} are cut`)
      }
      assert.equal(choice?.finish?.reason, 'toolCalls')
    })
  }

  test(`${name}: a stream that breaks off is incomplete`, () => {
    const bytes = read(recordings.stream)
    const last = stream(bytes.subarray(0, bytes.length / 2), bytes.length).at(-1)
    assert.equal(last?.type === 'error' && last.error.code, 'upstream_incomplete')
  })
  checkErrorsOf(test, `${name} errors`, chat, target, read)
}

/** How a provider's errors are told apart. */
export function checkErrorsOf(
  test: TestRunner['test'],
  name: string,
  dialect: Pick<ProviderDialect, 'readError'>,
  target: WireTarget,
  read: (file: string) => Uint8Array,
): void {
  const error = (status: number, body: Uint8Array): HubError =>
    dialect.readError(status, { 'retry-after': '7' }, body, target)

  test(`${name}: a refused credential, haste and failure are told apart`, () => {
    const codes = [401, 429, 500].map((status) => error(status, read(`error-${status}.json`)).code)
    assert.deepEqual(codes, ['credential_rejected', 'rate_limit_exceeded', 'upstream_failed'])
  })

  test(`${name}: Retry-After is read`, () => {
    assert.equal(error(429, read('error-429.json')).retryAfterMs, 7_000)
  })

  test(`${name}: a key that the provider repeats goes no further`, () => {
    const body = new TextDecoder().decode(read('error-401.json'))
    const echoing = JSON.stringify(JSON.parse(body), (_, value: unknown) =>
      typeof value === 'string' ? `${value} ${canary}` : value,
    )
    for (const status of [401, 403]) {
      const { message, cause, upstream, param } = error(status, new TextEncoder().encode(echoing))
      const told = `${message} ${String(cause)} ${JSON.stringify(upstream)} ${param}`
      assert.ok(!told.includes(canary), `the error of a ${status} repeats the key`)
    }
  })

  test(`${name}: no body is too strange`, () => {
    for (const body of ['', '<html>bad gateway</html>', 'null', '[]', '{"error":7}', '\u0000']) {
      assert.equal(error(502, new TextEncoder().encode(body)).code, 'upstream_failed')
    }
  })
}
