import assert from 'node:assert/strict'
import type {
  EmbeddingsResponse,
  ExchangeDialect,
  ExchangeStep,
  ImagesResponse,
  ModerationsResponse,
  Operation,
  ProviderAdapter,
  ProviderDialect,
  ReplyOf,
  RequestOf,
  RerankResponse,
  VideoResponse,
  WireTarget,
} from '@aigne-hub/protocol'

/** A request of each operation whose answers are checked. */
const requests = {
  embeddings: { model: 'model', input: ['text'], encoding: 'float' },
  images: { model: 'model', prompt: 'a boat', n: 1 },
  rerank: { model: 'model', query: 'boat', documents: ['a boat', 'a tree'] },
  moderations: { model: 'model', input: 'text' },
  video: { model: 'model', prompt: 'a boat', seconds: 4 },
} as const satisfies { [O in Operation]?: RequestOf<O> | object }

type Checked = keyof typeof requests

/** The dialects whose answers are recorded, and the name of their files. */
export function repliesOf({ dialects }: ProviderAdapter): {
  dialect: ProviderDialect
  stem: string
}[] {
  return (Object.keys(requests) as Checked[]).flatMap((operation) => {
    const all: readonly ProviderDialect[] = dialects[operation] ?? []
    return all.map((dialect, at) => ({ dialect, stem: at === 0 ? operation : dialect.id }))
  })
}

const checks: { [O in Checked]: (reply: ReplyOf<O>) => void } = {
  embeddings({ vectors }: EmbeddingsResponse) {
    assert.ok(vectors.length > 0 && (vectors[0]?.length ?? 0) > 0, 'there are no vectors')
    assert.equal(new Set(vectors.map(({ length }) => length)).size, 1)
  },
  images({ images, usage }: ImagesResponse) {
    assert.ok(images.length > 0, 'there are no images')
    assert.equal(usage.images, images.length)
    for (const { data, url } of images) assert.ok(data || url, 'an image without content')
  },
  rerank({ results }: RerankResponse) {
    assert.ok(results.length > 0, 'there are no results')
  },
  moderations({ results }: ModerationsResponse) {
    assert.ok(results.length > 0, 'there are no results')
  },
  video({ videos, seconds }: VideoResponse) {
    assert.ok(videos.length > 0 && seconds > 0, 'there is no video')
    for (const { data, url } of videos) assert.ok(data || url, 'a video without content')
  },
}

/** Reads the recorded answers of an operation, however many requests it takes. */
export function checkReply(
  dialect: ProviderDialect,
  target: WireTarget,
  stem: string,
  read: (file: string) => Uint8Array,
): void {
  const operation = dialect.operation as Checked
  const reply =
    'exchange' in dialect
      ? replayed(dialect, target, stem, read)
      : 'readResponse' in dialect && dialect.readResponse(read(`${stem}.json`), target)
  assert.ok(reply, `${dialect.id} has no answer to read`)
  ;(checks[operation] as (reply: unknown) => void)(reply)
}

const maxSteps = 20

function replayed(
  dialect: ExchangeDialect,
  target: WireTarget,
  stem: string,
  read: (file: string) => Uint8Array,
): unknown {
  const request = { ...requests[dialect.operation as Checked], model: target.model }
  const exchange = dialect.exchange(request as never, target)
  let sent = 0
  const answersOf = (step: ExchangeStep) => {
    if (step.do === 'wait') return []
    if (step.do === 'fetch') {
      return step.urls.map(() => ({ status: 200, headers: {}, body: new Uint8Array([1, 2, 3]) }))
    }
    sent++
    const body = read(sent === 1 ? `${stem}.json` : `${stem}-${sent}.json`)
    return step.requests.map(() => ({ status: 200, headers: {}, body }))
  }
  let next = exchange.next()
  for (let steps = 0; !next.done; steps++) {
    assert.ok(steps < maxSteps, 'the exchange does not end')
    next = exchange.next(answersOf(next.value))
  }
  return next.value
}
