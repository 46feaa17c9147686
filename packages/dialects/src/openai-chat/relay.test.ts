import { type ChatRequest, editBody, readJsonBody } from '@aigne-hub/protocol'
import { describe, expect, test } from 'vitest'
import { bytesOf, targetOf, textOf } from '../testing/bytes.ts'
import { openAiChat } from './index.ts'

/** The body that goes out, or undefined when it has to be translated. */
function relayed(
  text: string,
  quirks: Parameters<typeof targetOf>[0] = {},
  change: Partial<ChatRequest> = {},
) {
  const body = readJsonBody(bytesOf(text))
  const request = { ...openAiChat.readRequest(body, {}), ...change }
  const fitting = openAiChat.relay.edits(body, request, targetOf(quirks))
  if (!fitting) return undefined
  return { text: textOf(editBody(body, fitting.edits)), dropped: fitting.dropped }
}

const messages = '"messages":[{"role":"user","content":"hi"}]'

test('a body that fits is passed on untouched', () => {
  const text = `{ "model":"m1", ${messages}, "x" : 12345678901234567890 }`
  expect(relayed(text)).toEqual({ text, dropped: [] })
})

test('the model is renamed; big integers, escapes and unknown fields survive', () => {
  const rest = `${messages},"seed":7,"x":{"n":12345678901234567890,"e":1e400,"s":"\\u00e9"}`
  expect(relayed(`{"model":"acme/m1",${rest}}`)?.text).toBe(`{"model":"m1",${rest}}`)
})

test('legacy functions are translated, to tools', () => {
  const functions = '"functions":[{"name":"f"}]'
  expect(relayed(`{"model":"m1",${messages},${functions}}`)).toBeUndefined()
  expect(relayed(`{"model":"m1",${messages},"function_call":"auto"}`)).toBeUndefined()
})

test('a tier that the target does not have is left out, and that is told', () => {
  const asking = (tier: string) => `{"model":"m1",${messages},"service_tier":"${tier}"}`
  const plain = `{"model":"m1",${messages}}`
  const serviceTiers = ['auto']
  expect(relayed(asking('flex'), { serviceTiers })).toEqual({
    text: plain,
    dropped: ['service_tier'],
  })
  expect(relayed(asking('auto'), { serviceTiers })?.text).toBe(asking('auto'))
})

describe('the effort to reason', () => {
  const asking = (effort: string) => `{"model":"m1",${messages},"reasoning_effort":"${effort}"}`

  test('becomes the nearest that the model takes, and that is told', () => {
    expect(relayed(asking('max'), { efforts: ['low', 'high'] })).toEqual({
      text: asking('high'),
      dropped: ['reasoning_effort'],
    })
    expect(relayed(asking('low'), { efforts: ['low', 'high'] })?.text).toBe(asking('low'))
    expect(relayed(asking('anything'))?.text).toBe(asking('anything'))
  })

  test('is left out where the model does not reason', () => {
    expect(relayed(asking('high'), { efforts: [] })).toEqual({
      text: `{"model":"m1",${messages}}`,
      dropped: ['reasoning_effort'],
    })
  })
})

describe('usage in a stream', () => {
  const streaming = (options = '') => `{"model":"m1",${messages},"stream":true${options}}`

  test('is asked for when the caller did not', () => {
    expect(relayed(streaming())?.text).toBe(
      `{"model":"m1",${messages},"stream":true,"stream_options":{"include_usage":true}}`,
    )
    const other = ',"stream_options":{"include_obfuscation":false}'
    expect(relayed(streaming(other))?.text).toContain(
      '"stream_options":{"include_obfuscation":false,"include_usage":true}',
    )
    expect(relayed(streaming(',"stream_options":{"include_usage":false}'))?.text).toContain(
      '"stream_options":{"include_usage":true}',
    )
  })

  test('is left alone when the caller asked, or does not stream', () => {
    const asked = streaming(',"stream_options": {"include_usage" : true}')
    expect(relayed(asked)?.text).toBe(asked)
    const whole = `{"model":"m1",${messages},"stream":false}`
    expect(relayed(whole)?.text).toBe(whole)
  })

  test('is not asked for where the target refuses, and the caller is told', () => {
    const quirks = { noStreamOptions: true }
    expect(relayed(streaming(), quirks)).toEqual({ text: streaming(), dropped: [] })
    expect(relayed(streaming(',"stream_options":{"include_usage":true}'), quirks)).toEqual({
      text: streaming(),
      dropped: ['stream_options'],
    })
  })
})

describe('the token limit', () => {
  const limited = (fields: string) => `{"model":"m1",${messages},${fields}}`
  const quirks = { maxTokensField: 'max_completion_tokens' } as const

  test('keeps the name the caller used, unless the target takes only one', () => {
    expect(relayed(limited('"max_tokens":5'))?.text).toBe(limited('"max_tokens":5'))
    expect(relayed(limited('"max_tokens":5'), quirks)?.text).toBe(
      limited('"max_completion_tokens":5'),
    )
    const older = { maxTokensField: 'max_tokens' } as const
    expect(relayed(limited('"max_completion_tokens":5'), older)?.text).toBe(
      limited('"max_tokens":5'),
    )
  })

  test('goes out once when the caller sent both names', () => {
    const both = limited('"max_tokens":9,"max_completion_tokens":5')
    expect(relayed(both)?.text).toBe(both)
    expect(relayed(both, quirks)?.text).toBe(limited('"max_completion_tokens":5'))
    expect(relayed(both, { maxTokensField: 'max_tokens' })?.text).toBe(limited('"max_tokens":5'))
  })

  test('is what the hub made of it', () => {
    const lowered = { maxOutputTokens: 3 }
    expect(relayed(limited('"max_tokens":5'), {}, lowered)?.text).toBe(limited('"max_tokens":3'))
    expect(relayed(`{"model":"m1",${messages}}`, {}, lowered)?.text).toBe(
      limited('"max_completion_tokens":3'),
    )
  })
})

describe('what the target refuses', () => {
  test('is removed and reported; a null silently', () => {
    const text = `{"model":"m1",${messages},"user":"u","seed":null,"store":true}`
    expect(relayed(text, { unsupported: ['user', 'seed', 'metadata'] })).toEqual({
      text: `{"model":"m1",${messages},"store":true}`,
      dropped: ['user'],
    })
  })

  test('is a 400 when it carries meaning', () => {
    const text = `{"model":"m1",${messages},"stop":"x"}`
    expect(() => relayed(text, { unsupported: ['stop'] })).toThrow(
      expect.objectContaining({ code: 'unsupported_parameter', param: 'stop' }),
    )
  })

  test.each([
    [
      'cache_control',
      '[{"role":"user","content":[{"type":"text","text":"x","cache_control":{"type":"ephemeral"}}]}]',
    ],
    ['reasoning_content', '[{"role":"assistant","content":"x","reasoning_content":"y"}]'],
    ['messages.name', '[{"role":"user","content":"x","name":"y"}]'],
  ])('is translated away when it is %s inside a message', (field, list) => {
    const text = `{"model":"m1","messages":${list}}`
    const quirks = { unsupported: [field] }
    expect(relayed(text, quirks)).toBeUndefined()
    expect(relayed(text)?.text).toBe(text)
    const request = openAiChat.readRequest(readJsonBody(bytesOf(text)), {})
    const written = openAiChat.writeRequest(request, targetOf(quirks))
    expect(written.dropped).toEqual([field])
    expect(written.body).not.toContain(field.replace('messages.', ''))
  })

  test('does not stop a body without it from being passed on', () => {
    const text = `{"model":"m1",${messages}}`
    expect(relayed(text, { unsupported: ['cache_control', 'messages.name'] })?.text).toBe(text)
  })
})
