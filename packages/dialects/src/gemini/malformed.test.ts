import { HubError, type Json, readJsonBody } from '@aigne-hub/protocol'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { scale } from '../../../../tests/scale.ts'
import { contentRequest, contentResponse } from '../testing/arbitrary-gemini.ts'
import { bodyOf, bytesOf, targetOf } from '../testing/bytes.ts'
import { replaceSomewhere } from '../testing/replace-somewhere.ts'
import { geminiContent, geminiCountTokens } from './index.ts'

const numRuns = scale.malformedBodies
const timeout = 600_000
const target = targetOf({}, 'google')
const address = { model: 'm1' }
const said = { contents: [{ parts: [{ text: 'hi' }] }] }
const part = (value: unknown) => ({ contents: [{ parts: [value] }] })
const config = (generationConfig: unknown) => ({ ...said, generationConfig })

test.each<[string, object]>([
  ['contents', {}],
  ['contents', { contents: [] }],
  ['contents', { contents: 'hi' }],
  ['contents[0]', { contents: ['hi'] }],
  ['contents[0].role', { contents: [{ role: 'assistant', parts: [] }] }],
  ['contents[0].parts', { contents: [{ parts: 'hi' }] }],
  ['contents[0].parts[0]', part('hi')],
  ['contents[0].parts[0].text', part({ text: 5 })],
  ['contents[0].parts[0].thought', part({ text: 'x', thought: 'yes' })],
  ['contents[0].parts[0].thoughtSignature', part({ text: 'x', thoughtSignature: 5 })],
  ['contents[0].parts[0].inlineData', part({ inlineData: 'x' })],
  ['contents[0].parts[0].inlineData.mimeType', part({ inlineData: { data: 'x' } })],
  ['contents[0].parts[0].inlineData.data', part({ inlineData: { mimeType: 'image/png' } })],
  ['contents[0].parts[0].fileData.fileUri', part({ fileData: {} })],
  ['contents[0].parts[0].functionCall.name', part({ functionCall: {} })],
  ['contents[0].parts[0].functionCall.args', part({ functionCall: { name: 'f', args: '{}' } })],
  ['contents[0].parts[0].functionResponse.name', part({ functionResponse: {} })],
  [
    'contents[0].parts[0].functionResponse.response',
    part({ functionResponse: { name: 'f', response: 'x' } }),
  ],
  ['systemInstruction', { ...said, systemInstruction: 5 }],
  [
    'systemInstruction.parts[0].text',
    { ...said, systemInstruction: { parts: [{ fileData: { fileUri: 'x' } }] } },
  ],
  ['tools', { ...said, tools: {} }],
  ['tools[0]', { ...said, tools: ['x'] }],
  ['tools[0].functionDeclarations', { ...said, tools: [{ functionDeclarations: {} }] }],
  ['tools[0].functionDeclarations[0].name', { ...said, tools: [{ functionDeclarations: [{}] }] }],
  [
    'tools[0].functionDeclarations[0].parameters',
    { ...said, tools: [{ functionDeclarations: [{ name: 'f', parameters: [] }] }] },
  ],
  [
    'toolConfig.functionCallingConfig.mode',
    { ...said, toolConfig: { functionCallingConfig: { mode: 'MAYBE' } } },
  ],
  [
    'toolConfig.functionCallingConfig.allowedFunctionNames[0]',
    { ...said, toolConfig: { functionCallingConfig: { mode: 'ANY', allowedFunctionNames: [1] } } },
  ],
  ['generationConfig', config([])],
  ['generationConfig.temperature', config({ temperature: 3 })],
  ['generationConfig.maxOutputTokens', config({ maxOutputTokens: 0 })],
  ['generationConfig.stopSequences', config({ stopSequences: ['1', '2', '3', '4', '5', '6'] })],
  ['generationConfig.stopSequences[0]', config({ stopSequences: [1] })],
  ['generationConfig.candidateCount', config({ candidateCount: 0 })],
  ['generationConfig.logprobs', config({ logprobs: 3 })],
  ['generationConfig.responseSchema', config({ responseSchema: 'x' })],
  [
    'generationConfig.thinkingConfig.thinkingBudget',
    config({ thinkingConfig: { thinkingBudget: -2 } }),
  ],
  ['serviceTier', { ...said, serviceTier: 1 }],
])('%s is named when it is wrong: %j', (param, body) => {
  expect(() => geminiContent.readRequest(bodyOf(body), {}, address)).toThrow(
    expect.objectContaining({ code: 'invalid_request', status: 400, param }),
  )
})

test('a call without a model in its address is refused', () => {
  expect(() => geminiContent.readRequest(bodyOf(said), {})).toThrow(
    expect.objectContaining({ code: 'invalid_request', param: 'model' }),
  )
})

/** Reads, and writes what could be read. Throws whatever is not a refusal. */
function refusalOf(body: Json): HubError | undefined {
  try {
    const request = geminiContent.readRequest(bodyOf(body), {}, address)
    geminiContent.writeRequest(request, targetOf({ unsupported: ['tools', 'candidateCount'] }))
    geminiCountTokens.estimateReply(geminiCountTokens.readRequest(bodyOf(body), {}, address))
    return undefined
  } catch (thrown) {
    if (thrown instanceof HubError) return thrown
    throw thrown
  }
}

const changes = fc.record({ at: fc.infiniteStream(fc.nat()), value: fc.jsonValue() })

test('no JSON object makes the reader throw anything but a 400', { timeout }, () => {
  const likely = fc.record(
    {
      contents: fc.array(
        fc.record({ role: fc.constantFrom('user', 'model', 5), parts: fc.jsonValue() }),
      ),
      tools: fc.jsonValue(),
      generationConfig: fc.jsonValue(),
      __proto__: fc.jsonValue(),
    },
    { requiredKeys: [] },
  ) as fc.Arbitrary<Record<string, Json>>
  const any = fc.dictionary(fc.string(), fc.jsonValue() as fc.Arbitrary<Json>)
  fc.assert(
    fc.property(fc.oneof(any, likely), (body) => {
      expect(refusalOf(body)?.status ?? 400).toBe(400)
    }),
    { numRuns },
  )
})

test('no change of a valid body makes the reader throw anything but a 400', { timeout }, () => {
  fc.assert(
    fc.property(contentRequest, changes, (request, { at, value }) => {
      const { body } = geminiContent.writeRequest(request, target)
      const wire = readJsonBody(bytesOf(body as string)).value
      replaceSomewhere(wire, at, value as Json)
      expect(refusalOf(wire)?.status ?? 400).toBe(400)
    }),
    { numRuns },
  )
})

const context = {
  request: { model: 'm', messages: [], sampling: {} },
  requestId: 'r',
  arrivedAt: 1,
}

test('no change of an answer makes a reader throw anything but a HubError', { timeout }, () => {
  fc.assert(
    fc.property(contentResponse, changes, (response, { at, value }) => {
      const { choices, usage, ...start } = response
      const events = choices.flatMap(({ index: choice, parts }) =>
        parts.map((one, index) => ({ type: 'partStart' as const, choice, index, part: one })),
      )
      const whole = geminiContent.writeResponse(context, [
        { type: 'start', ...start },
        ...events,
        { type: 'usage', usage },
      ])
      const answer = JSON.parse(whole) as Json
      replaceSomewhere(answer, at, value as Json)
      const text = JSON.stringify(answer)
      for (const read of [geminiContent.readResponse, geminiContent.relay.readUsage]) {
        try {
          read(bytesOf(text), target)
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(HubError)
        }
      }
      const stream = bytesOf(`data: ${text}\n\n`)
      const reader = geminiContent.streamReader(target)
      const read = [...reader.push(stream), ...reader.end()]
      const failed = read.findIndex(({ type }) => type === 'error')
      expect(failed === -1 || failed === read.length - 1).toBe(true)
      const scanner = geminiContent.relay.scanner?.(context.request, target)
      scanner?.push(stream)
      scanner?.end()
      expect(scanner?.usage?.input ?? 0).toBeGreaterThanOrEqual(0)
    }),
    { numRuns },
  )
})

test('no text makes the readers throw, and an error comes once and last', { timeout }, () => {
  fc.assert(
    fc.property(fc.array(fc.jsonValue(), { maxLength: 4 }), fc.string(), (values, rest) => {
      const stream = bytesOf(
        values.map((one) => `data: ${JSON.stringify(one)}\n\n`).join('') + rest,
      )
      const reader = geminiContent.streamReader(target)
      const events = [...reader.push(stream), ...reader.end()]
      expect(events.at(-1)?.type).toBe('error')
      expect(events.filter(({ type }) => type === 'error')).toHaveLength(1)
      const scanner = geminiContent.relay.scanner?.(context.request, target)
      scanner?.push(stream)
      scanner?.end()
      expect(scanner?.error).toBeInstanceOf(HubError)
      expect(geminiContent.readError(500, {}, bytesOf(rest), target)).toBeInstanceOf(HubError)
    }),
    { numRuns: 500 },
  )
})
