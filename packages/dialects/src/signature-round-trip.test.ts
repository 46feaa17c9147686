import {
  type InboundDialect,
  isJsonObject,
  type JsonObject,
  type OutboundDialect,
  type ReasoningWish,
  type WireTarget,
} from '@aigne-hub/protocol'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { anthropicMessages } from './anthropic-messages/index.ts'
import { bedrockConverse } from './bedrock-converse/index.ts'
import { geminiContent } from './gemini/index.ts'
import { openAiChat } from './openai-chat/index.ts'
import { openAiResponses } from './openai-responses/index.ts'
import { bodyOf, bytesOf } from './testing/bytes.ts'
import {
  nextRequests,
  type ReturningDialect,
  type SigningDialect,
  signaturesIn,
  signedReplies,
} from './testing/matrix-signatures.ts'
import { providerStream, putTogether } from './testing/matrix-streams.ts'

// The law: what a provider signed comes back to it letter by letter, whichever dialect its caller speaks.

const surfaces: Record<ReturningDialect, InboundDialect<'chat'>> = {
  'openai-chat': openAiChat,
  'openai-responses': openAiResponses,
  'anthropic-messages': anthropicMessages,
  gemini: geminiContent,
}
const providers: Record<SigningDialect, OutboundDialect<'chat'>> = {
  'openai-responses': openAiResponses,
  'anthropic-messages': anthropicMessages,
  gemini: geminiContent,
  'bedrock-converse': bedrockConverse,
}
/** Who made the dialect, and somebody else who speaks it. */
const vendors = {
  'openai-responses': ['openai', 'azure-openai'],
  'anthropic-messages': ['anthropic', 'bedrock'],
  gemini: ['google', 'vertex'],
  'bedrock-converse': ['bedrock', 'bedrock-elsewhere'],
} as const satisfies Record<SigningDialect, readonly string[]>

interface Round {
  surface: ReturningDialect
  provider: SigningDialect
  vendor: string
  reasoning?: ReasoningWish
}

const rounds = (Object.keys(surfaces) as ReturningDialect[]).flatMap((surface) =>
  (Object.keys(providers) as SigningDialect[]).flatMap((provider) =>
    vendors[provider].map((vendor): Round => ({ surface, provider, vendor })),
  ),
)
const named = rounds.map(
  (round) => [`${round.provider} of ${round.vendor} through ${round.surface}`, round] as const,
)

const target = (vendor: string): WireTarget => ({
  provider: vendor,
  model: 'm1',
  // Of Converse's models those of Anthropic sign.
  quirks: { converseReasoning: 'anthropic' },
  limits: { output: 4096 },
})
const request = (stream?: { includeUsage: boolean }) => ({
  model: 'm1',
  messages: [],
  sampling: {},
  ...(stream && { stream }),
})
const contextOf = (stream?: { includeUsage: boolean }, reasoning?: ReasoningWish) => ({
  request: { ...request(stream), ...(reasoning && { reasoning }) },
  requestId: 'r1',
  arrivedAt: 1_790_000_000,
})

function wholeAnswer(
  { surface, provider, vendor, reasoning }: Round,
  signature: string,
): JsonObject {
  const bytes = bytesOf(JSON.stringify(signedReplies[provider](signature).whole))
  const events = providers[provider].readResponse(bytes, target(vendor))
  return JSON.parse(surfaces[surface].writeResponse(contextOf(undefined, reasoning), events))
}

async function streamedAnswer(round: Round, signature: string): Promise<JsonObject> {
  const { surface, provider, vendor, reasoning } = round
  const reader = providers[provider].streamReader?.(target(vendor))
  const writer = surfaces[surface].streamWriter?.(contextOf({ includeUsage: true }, reasoning))
  if (!reader || !writer) throw new Error('Both sides stream.')
  const bytes = providerStream(provider, signedReplies[provider](signature).stream)
  const events = [...reader.push(bytes), ...reader.end()]
  const stream = events.map((event) => writer.push(event)).join('') + writer.end()
  const answer = await putTogether(surface, stream)
  return isJsonObject(answer) ? answer : {}
}

/** What `vendor` gets when the caller goes on after `answer`. */
function written({ surface, provider }: Round, answer: JsonObject, vendor: string) {
  const next = bodyOf(nextRequests[surface](answer))
  const read = surfaces[surface].readRequest(next, {}, { model: 'm1', stream: false })
  const { body, dropped } = providers[provider].writeRequest(read, target(vendor))
  const wire: JsonObject = JSON.parse(String(body))
  return { signatures: signaturesIn[provider](wire), dropped, body: String(body) }
}

const signatures = fc.base64String({ minLength: 8, maxLength: 200 })

describe.each(named)('%s', (_, round) => {
  test('a signature in a whole answer comes back as it was', () => {
    fc.assert(
      fc.property(signatures, (signature) => {
        const back = written(round, wholeAnswer(round, signature), round.vendor)
        expect(back.signatures).toEqual([signature])
        expect(back.dropped).not.toContain('signature')
      }),
      { numRuns: 20 },
    )
  })

  test('a signature in a stream comes back as it was', async () => {
    await fc.assert(
      fc.asyncProperty(signatures, async (signature) => {
        const back = written(round, await streamedAnswer(round, signature), round.vendor)
        expect(back.signatures).toEqual([signature])
        expect(back.dropped).not.toContain('signature')
      }),
      { numRuns: 10 },
    )
  })

  test('another provider of the dialect does not get it, and the caller is told', () => {
    const signature = 'c2lnbmVkIGJ5IHRoZSBmaXJzdA=='
    const back = written(round, wholeAnswer(round, signature), 'another')
    expect(back.body).not.toContain(signature)
    expect(back.dropped).toContain('signature')
  })
})

describe('a caller of Responses who reads summaries', () => {
  const round: Round = {
    surface: 'openai-responses',
    provider: 'anthropic-messages',
    vendor: 'anthropic',
    reasoning: { summary: 'auto' },
  }
  const signature = 'c2lnbmVkIGJ5IHRoZSBmaXJzdA=='
  const thinking = 'Need the time.'

  test.each([
    ['whole', wholeAnswer],
    ['streamed', streamedAnswer],
  ])('sees the text of a thought as one, and it goes back as it was signed: %s', async (_, ask) => {
    const answer = await ask(round, signature)
    const [thought] = answer.output as JsonObject[]
    expect(thought).toMatchObject({ summary: [{ type: 'summary_text', text: thinking }] })
    expect(thought).not.toHaveProperty('content')
    const back = written(round, answer, 'anthropic')
    expect(JSON.parse(back.body).messages[1].content[0]).toEqual({
      type: 'thinking',
      thinking,
      signature,
    })
    expect(back.dropped).not.toContain('signature')
  })
})
