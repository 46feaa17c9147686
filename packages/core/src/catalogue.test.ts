import { expect, test } from 'vitest'
import { createCatalogue } from './catalogue.ts'
import { host } from './testing/providers.ts'

test('a later provider of the same id replaces an earlier one', () => {
  const catalogue = createCatalogue({ providers: [host('lab', ['old']), host('lab', ['new'])] })
  expect(catalogue.list().map(({ name }) => name)).toEqual(['lab/new'])
  expect(catalogue.serving('old')).toEqual([])
})

test('models are listed in the order of their providers, then aliases as what they stand for', () => {
  const catalogue = createCatalogue({
    providers: [host('one', ['chat', 'vectors embeddings']), host('two', ['chat'])],
    aliases: [
      { id: 'embedder', target: 'one/vectors' },
      { id: 'new', target: 'two/unlisted' },
    ],
  })
  const lines = catalogue
    .list()
    .map(({ name, ownedBy, model }) => `${name} ${ownedBy} ${model.id} ${model.operations}`)
  expect(lines).toEqual([
    'one/chat one chat chat',
    'one/vectors one vectors embeddings',
    'two/chat two chat chat',
    'embedder hub embedder embeddings',
    'new hub new chat',
  ])
})

test('a catalogue does not know what every object has', () => {
  const catalogue = createCatalogue({ providers: [] })
  expect(catalogue.provider('constructor')).toBeUndefined()
  expect(catalogue.alias('__proto__')).toBeUndefined()
  expect(catalogue.serving('toString')).toEqual([])
})
