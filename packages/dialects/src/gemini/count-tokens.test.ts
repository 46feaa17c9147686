import type { ChatRequest } from '@aigne-hub/protocol'
import { expect, test } from 'vitest'
import { bodyOf, bytesOf, targetOf } from '../testing/bytes.ts'
import { geminiCountTokens } from './index.ts'

const contents = [{ role: 'user', parts: [{ text: 'Hi' }] }]
const request: ChatRequest = {
  model: 'm1',
  messages: [{ role: 'user', parts: [{ type: 'text', text: 'Hi' }] }],
  sampling: {},
}

test('the contents alone or a whole request may be asked about', () => {
  const read = (body: object) => geminiCountTokens.readRequest(bodyOf(body), {}, { model: 'm1' })
  expect(read({ contents })).toEqual(request)
  const whole = { model: 'models/m1', contents, tools: [{ functionDeclarations: [{ name: 'f' }] }] }
  expect(read({ generateContentRequest: whole })).toEqual({
    ...request,
    tools: [{ type: 'function', name: 'f' }],
  })
})

test('what counts is sent, and what the answer should be like is not', () => {
  const tools: ChatRequest['tools'] = [{ type: 'function', name: 'f' }]
  const { path, body, dropped } = geminiCountTokens.writeRequest(
    { ...request, tools, n: 3, maxOutputTokens: 5, audio: {} },
    targetOf({}, 'google'),
  )
  expect(path).toBe('/models/m1:countTokens')
  expect(JSON.parse(body as string)).toEqual({
    generateContentRequest: {
      model: 'models/m1',
      contents,
      tools: [{ functionDeclarations: [{ name: 'f' }] }],
    },
  })
  expect(dropped).toEqual([])
})

test('the count is read; an answer without one fails', () => {
  const read = (text: string) => geminiCountTokens.readResponse(bytesOf(text), targetOf())
  expect(read('{"totalTokens":31,"promptTokensDetails":[]}')).toEqual({ inputTokens: 31 })
  expect(() => read('{}')).toThrow(expect.objectContaining({ code: 'upstream_failed' }))
  expect(() => read('{"error":{"code":503}}')).toThrow(
    expect.objectContaining({ code: 'upstream_overloaded' }),
  )
})

test('an estimate grows with the text, not with the bytes of a file', () => {
  const estimate = (data: string, text: string) =>
    geminiCountTokens.estimateReply({
      ...request,
      messages: [
        {
          role: 'user',
          parts: [
            { type: 'text', text },
            { type: 'media', kind: 'image', data, mimeType: 'image/png' },
          ],
        },
      ],
    })
  expect(estimate('A', 'x')).toEqual(estimate('A'.repeat(4000), 'x'))
  const growth = estimate('A', 'x'.repeat(4000)).inputTokens - estimate('A', '').inputTokens
  expect(growth).toBe(1000)
})
