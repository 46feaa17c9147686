import { HubError } from '@aigne-hub/protocol'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createCatalogue } from './catalogue.ts'
import { resolveModel } from './resolve-model.ts'
import { host } from './testing/providers.ts'

const catalogue = createCatalogue({
  providers: [
    host('openai', ['gpt-5', 'gpt-5-mini', 'shared']),
    host('groq', ['llama-4', 'meta/llama-4', 'shared', 'openai/gpt-oss']),
    host('sim', ['chat', 'echo'], { isComplete: true }),
  ],
  aliases: [
    { id: 'fast', target: 'groq/llama-4' },
    { id: 'team/best', target: 'openai/gpt-6-preview' },
    { id: 'gone', target: 'sim/gone' },
    { id: 'echo', target: 'openai/gpt-5' },
  ],
})

const anything = () => true

/** Where the name leads: `provider/model`, in order. */
function targetsOf(name: string, mayUse: (name: string) => boolean = anything): string[] {
  const { candidates } = resolveModel(name, 'chat', catalogue, mayUse)
  return candidates.map(({ provider, model }) => `${provider.adapter.id} ${model.id}`)
}

function refusalOf(name: string, mayUse: (name: string) => boolean = anything): HubError {
  try {
    resolveModel(name, 'chat', catalogue, mayUse)
  } catch (error) {
    if (error instanceof HubError) return error
    throw error
  }
  throw new Error(`${name} was resolved.`)
}

describe('a name leads to', () => {
  test.each([
    ['the model of the provider in front of it', 'openai/gpt-5', ['openai gpt-5']],
    [
      'every provider that lists the bare model, in order',
      'shared',
      ['openai shared', 'groq shared'],
    ],
    ['a model whose own id has a slash', 'groq/meta/llama-4', ['groq meta/llama-4']],
    ['a nested id without its provider', 'meta/llama-4', ['groq meta/llama-4']],
    [
      'the provider in front rather than another one’s nested id',
      'openai/gpt-oss',
      ['openai gpt-oss'],
    ],
    ['the target of an alias', 'fast', ['groq llama-4']],
    ['the target of an alias that nobody lists', 'team/best', ['openai gpt-6-preview']],
    ['the target of an alias that has the name of a model', 'echo', ['openai gpt-5']],
    ['a model its provider does not list', 'openai/gpt-99', ['openai gpt-99']],
    ['the same behind aignehub/', 'aignehub/openai/gpt-5', ['openai gpt-5']],
    ['the same behind aignehub:', 'aignehub:openai/gpt-5', ['openai gpt-5']],
    ['an alias behind aignehub/', 'aignehub/fast', ['groq llama-4']],
    ['bare models behind aignehub:', 'aignehub:shared', ['openai shared', 'groq shared']],
  ])('%s', (_, name, targets) => {
    expect(targetsOf(name)).toEqual(targets)
  })
})

test('a model nobody lists is asked for what the caller asks', () => {
  const { candidates } = resolveModel('openai/new-embedder', 'embeddings', catalogue, anything)
  expect(candidates[0]?.model.operations).toEqual(['embeddings'])
})

test('what the name is and whether it is an alias is told', () => {
  expect(resolveModel('aignehub/fast', 'chat', catalogue, anything)).toMatchObject({
    name: 'fast',
    isAlias: true,
  })
  expect(resolveModel('openai/gpt-5', 'chat', catalogue, anything).isAlias).toBe(false)
})

describe('404 for', () => {
  test.each([
    ['a provider whose list is complete', 'sim/unlisted'],
    ['a bare name nobody lists', 'unlisted'],
    ['an unknown provider', 'nobody/gpt-5'],
    ['a provider without a model', 'openai/'],
    ['nothing behind the hub’s prefix', 'aignehub/'],
    ['an empty name', ''],
    ['only a slash', '/'],
    ['a model without its provider’s name', '/gpt-5'],
    ['the hub’s prefix twice', 'aignehub/aignehub/fast'],
    ['something every object has', '__proto__'],
    ['something every object has, as a provider', 'constructor/gpt-5'],
    ['another case', 'OpenAI/gpt-5'],
    ['a name longer than any model’s', `openai/${'x'.repeat(250)}`],
  ])('%s', (_, name) => {
    expect(refusalOf(name)).toMatchObject({ code: 'model_not_found', status: 404, param: 'model' })
  })

  test('a name of megabytes does not repeat it', () => {
    expect(refusalOf('x'.repeat(1_000_000)).message.length).toBeLessThan(200)
  })

  test('an alias that leads nowhere, and says whose fault it is', () => {
    expect(refusalOf('gone').message).toBe(
      'The alias "gone" stands for "sim/gone", which does not exist here. The operator must mend it.',
    )
  })
})

describe('the refusal', () => {
  test.each([
    ['a slip in a complete provider’s model', 'sim/cat', 'sim/chat'],
    ['a slip in a bare name', 'lama-4', 'groq/llama-4'],
    ['a slip in the provider', 'opnai/gpt-5', 'openai/gpt-5'],
    ['a slip that is near two names', 'opnai/gpt-5-', 'openai/gpt-5'],
    ['a slip in an alias', 'fastt', 'fast'],
    ['a slip behind the hub’s prefix', 'aignehub/sim/cat', 'sim/chat'],
    ['another case', 'SIM/ECHO', 'sim/echo'],
  ])('of %s suggests the nearest name', (_, name, suggestion) => {
    expect(refusalOf(name).message).toContain(`Did you mean "${suggestion}"?`)
  })

  test('suggests only names the caller may use', () => {
    const mayUse = (name: string) => name.startsWith('openai/')
    expect(refusalOf('sim/cat', mayUse).message).not.toContain('Did you mean')
    expect(refusalOf('gpt-5-mni', mayUse).message).toContain('Did you mean "openai/gpt-5-mini"?')
  })

  test('suggests nothing for a name unlike any other', () => {
    expect(refusalOf('completely-different').message).toBe(
      'The model "completely-different" does not exist here. GET /v1/models lists the models your key may use.',
    )
  })

  test('names a provider that is not set up', () => {
    expect(refusalOf('anthropic/claude').message).toContain(
      'No provider "anthropic" is set up on this hub.',
    )
    expect(refusalOf('aignehub/anthropic/claude').message).toContain(
      'No provider "anthropic" is set up on this hub.',
    )
  })

  test.each(['sim/unlisted', 'unlisted', 'aignehub/unlisted', '/gpt-5'])(
    'of %s does not speak of providers',
    (name) => {
      expect(refusalOf(name).message).not.toContain('No provider')
    },
  )
})

test('any name at all is resolved or refused with an error of ours', () => {
  const pieces = fc.constantFrom(
    'aignehub',
    ':',
    '/',
    'openai',
    'sim',
    'gpt-5',
    'fast',
    'gone',
    ' ',
  )
  const name = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 300 }),
    fc.array(pieces, { maxLength: 6 }).map((list) => list.join('')),
  )
  fc.assert(
    fc.property(name, (requested) => {
      try {
        const { candidates } = resolveModel(requested, 'chat', catalogue, anything)
        expect(candidates).not.toEqual([])
      } catch (error) {
        expect(error).toMatchObject({ code: 'model_not_found' })
      }
    }),
  )
})
