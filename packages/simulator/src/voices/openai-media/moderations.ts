import type { HarmKind, Judgement } from '../../behaviour/moderations.ts'
import { isObject, type Json, type JsonObject } from '../../json.ts'
import { invalid, missing, requiredText } from '../openai/fields.ts'
import { bodyOf } from '../openai/replies.ts'
import { wholeReply } from '../openai-family/replies.ts'
import type { Route } from '../openai-family/vendor.ts'
import { type MediaNames, mediaModel } from './media-names.ts'

/** OpenAI's categories, by what they are about; those for the worst of a kind score a tenth. */
const categories: readonly (readonly [name: string, kind: HarmKind, share: number])[] = [
  ['harassment', 'harassment', 1],
  ['harassment/threatening', 'harassment', 0.1],
  ['hate', 'hate', 1],
  ['hate/threatening', 'hate', 0.1],
  ['illicit', 'illicit', 1],
  ['illicit/violent', 'illicit', 0.1],
  ['self-harm', 'selfHarm', 1],
  ['self-harm/intent', 'selfHarm', 0.1],
  ['self-harm/instructions', 'selfHarm', 0.1],
  ['sexual', 'sexual', 1],
  ['sexual/minors', 'sexual', 0.1],
  ['violence', 'violence', 1],
  ['violence/graphic', 'violence', 0.1],
]
const aboutPictures = /^(?:self-harm|sexual$|violence)/
const threshold = 0.5

/** Whether texts break the rules, in OpenAI's categories. */
export function moderationsRoute(names?: MediaNames): Route {
  return (request, { behaviour, requestId }) => {
    const body = bodyOf(request)
    const name = body.model == null ? 'moderation' : requiredText(body, 'model')
    const model = mediaModel(name, 'moderations', behaviour, names)
    const { texts, hasPictures } = readInput(body.input)
    const { judgements } = behaviour.moderations({ model, texts })
    const results = judgements.map((one) => writeJudgement(one, hasPictures))
    return wholeReply({ id: `modr-${requestId}`, model: name, results })
  }
}

/** Texts are judged one by one, parts all together. */
export function readInput(input: Json | undefined): { texts: string[]; hasPictures: boolean } {
  if (input === undefined || input === null) throw missing('input')
  const list = [input].flat()
  if (list.length === 0) throw invalid('input', 'it must not be empty')
  if (list.every((one) => typeof one === 'string')) return { texts: list, hasPictures: false }
  const parts = list.map((one) => {
    if (isObject(one) && one.type === 'text' && typeof one.text === 'string') return one.text
    if (isObject(one) && one.type === 'image_url' && isObject(one.image_url)) return ''
    throw invalid('input', 'it must be a text, a list of texts, or a list of text and image_url')
  })
  return { texts: [parts.join('\n')], hasPictures: parts.includes('') }
}

function writeJudgement({ scores }: Judgement, hasPictures: boolean): JsonObject {
  const rows = categories.map(([name, kind, share]) => [name, scores[kind] * share] as const)
  const applied = ([name]: readonly [string, number]) =>
    hasPictures && aboutPictures.test(name) ? ['text', 'image'] : ['text']
  return {
    flagged: rows.some(([, score]) => score >= threshold),
    categories: Object.fromEntries(rows.map(([name, score]) => [name, score >= threshold])),
    category_scores: Object.fromEntries(rows),
    category_applied_input_types: Object.fromEntries(rows.map((row) => [row[0], applied(row)])),
  }
}
