// Pictures as answers: `generateContent` of a model that draws.

import { dataOf } from '../../behaviour/image-tokens.ts'
import type { ImagesOutcome, ImagesQuestion } from '../../behaviour/images.ts'
import type { Json, JsonObject } from '../../json.ts'
import { Problem } from '../../problem.ts'
import type { Step } from '../../reply.ts'
import { mediaModel } from '../openai-media/media-names.ts'
import type { VoiceContext } from '../voice.ts'
import { readContents, readSystem } from './contents.ts'
import { choiceOf, fieldNames, listOf, messageOf, optionalMessage } from './fields.ts'
import { googleNames } from './model-names.ts'
import type { GoogleHost } from './replies.ts'
import { configFields, configPath, requestFields } from './request.ts'
import { framed } from './stream.ts'

export interface PictureRequest {
  question: ImagesQuestion
  /** As the path names it. */
  model: string
  /** Words are told beside the picture. */
  hasText: boolean
  host: GoogleHost
}

const modalities = ['MODALITY_UNSPECIFIED', 'TEXT', 'IMAGE', 'AUDIO', 'VIDEO'] as const

function modalitiesIn(body: JsonObject): readonly string[] {
  const { generationConfig } = messageOf(body, requestFields, '')
  const config = optionalMessage(generationConfig, configFields, configPath) ?? {}
  const path = `${configPath}.responseModalities`
  return listOf(config.responseModalities, path).map(
    (one, at) => choiceOf(one, modalities, `${path}[${at}]`) ?? '',
  )
}

/**
 * Whether a request is for a picture.
 * @throws Problem where it is for one, and the model only talks.
 */
export function drawsPictures(body: JsonObject, model: string, { behaviour }: VoiceContext) {
  const named = googleNames.find(([form]) => form.test(model))?.[1]
  const row = behaviour.models.find(({ id }) => id === (named ?? model))
  const wantsImage = modalitiesIn(body).includes('IMAGE')
  const operations = row?.operations ?? ['chat']
  if (operations.includes('images')) return wantsImage || !operations.includes('chat')
  if (!wantsImage) return false
  const message = 'The requested combination of response modalities is not supported by the model.'
  throw new Problem('invalidRequest', message)
}

const imageFields = fieldNames(
  'aspectRatio imageSize personGeneration outputMimeType outputCompressionQuality imageOutputOptions prominentPeople',
)
/** Width and height at 1K. */
const sizes = {
  '1:1': [1024, 1024],
  '2:3': [832, 1248],
  '3:2': [1248, 832],
  '3:4': [864, 1184],
  '4:3': [1184, 864],
  '4:5': [896, 1152],
  '5:4': [1152, 896],
  '9:16': [768, 1344],
  '16:9': [1344, 768],
  '21:9': [1536, 672],
} as const
const ratios = Object.keys(sizes) as (keyof typeof sizes)[]
const scales = { '1K': 1, '2K': 2, '4K': 4 } as const
const scaleNames = Object.keys(scales) as (keyof typeof scales)[]

function readSize(value: Json | undefined): { width: number; height: number } {
  const path = `${configPath}.imageConfig`
  const config = optionalMessage(value, imageFields, path) ?? {}
  const ratio = choiceOf(config.aspectRatio, ratios, `${path}.aspectRatio`) ?? '1:1'
  const scale = scales[choiceOf(config.imageSize, scaleNames, `${path}.imageSize`) ?? '1K']
  const [width, height] = sizes[ratio]
  return { width: width * scale, height: height * scale }
}

/** @throws Problem naming the field that cannot be read. */
export function readPictureRequest(
  body: JsonObject,
  model: string,
  { behaviour }: VoiceContext,
  host: GoogleHost,
): PictureRequest {
  const request = messageOf(body, requestFields, '')
  const config = optionalMessage(request.generationConfig, configFields, configPath) ?? {}
  if (config.candidateCount !== undefined && config.candidateCount !== 1) {
    throw new Problem('invalidRequest', 'Multiple candidates is not enabled for this model')
  }
  if (Array.isArray(request.tools) && request.tools.length > 0) {
    throw new Problem('invalidRequest', 'Function calling is not enabled for this model')
  }
  const turns = [...readSystem(request.systemInstruction), ...readContents(request.contents, false)]
  const references = turns
    .flatMap(({ images }) => images)
    .map(({ url, param }) => {
      const bytes = dataOf(url)
      if (bytes && bytes.length > 0) return bytes
      throw new Problem('invalidImage', 'Unable to process input image.', param)
    })
  const asked = modalitiesIn(body)
  return {
    question: {
      model: mediaModel(model, 'images', behaviour, googleNames),
      prompt: turns.map(({ text }) => text).join('\n'),
      ...readSize(config.imageConfig),
      count: 1,
      quality: 'medium',
      ...(references.length > 0 ? { references } : {}),
    },
    model,
    hasText: asked.length === 0 || asked.includes('TEXT'),
    host,
  }
}

function usageOf(outcome: ImagesOutcome, host: GoogleHost): JsonObject {
  const { usage, imageTokens } = outcome
  if (!usage) return {}
  const { input, output, total } = usage
  const counts = { promptTokenCount: input, candidatesTokenCount: output, totalTokenCount: total }
  if (typeof input !== 'number' || typeof output !== 'number') return { usageMetadata: counts }
  const promptTokensDetails: JsonObject[] = [{ modality: 'TEXT', tokenCount: input - imageTokens }]
  if (imageTokens > 0) promptTokensDetails.push({ modality: 'IMAGE', tokenCount: imageTokens })
  return {
    usageMetadata: {
      ...counts,
      promptTokensDetails,
      candidatesTokensDetails: [{ modality: 'IMAGE', tokenCount: output }],
      ...(host === 'vertex' ? { trafficType: 'ON_DEMAND' } : {}),
    },
  }
}

function partsOf({ hasText }: PictureRequest, { images, revisedPrompt }: ImagesOutcome) {
  const pictures = images.map((image) => ({
    inlineData: { mimeType: 'image/png', data: image.toString('base64') },
  }))
  return hasText
    ? [{ text: `Here you are: ${revisedPrompt ?? 'a picture.'}` }, ...pictures]
    : pictures
}

/** A whole `GenerateContentResponse`, as JSON text. */
export function writePicture(
  request: PictureRequest,
  outcome: ImagesOutcome,
  { random }: VoiceContext,
): string {
  const content = { parts: partsOf(request, outcome), role: 'model' }
  return JSON.stringify({
    candidates: [{ content, finishReason: 'STOP', index: 0 }],
    ...usageOf(outcome, request.host),
    modelVersion: request.model,
    responseId: random.id(22),
  })
}

/** Every part is a chunk of its own; the last chunk says that it is over. */
export function writePictureStream(
  request: PictureRequest,
  outcome: ImagesOutcome,
  { random }: VoiceContext,
  isEvents: boolean,
): Step[] {
  const last = { modelVersion: request.model, responseId: random.id(22) }
  const usage = usageOf(outcome, request.host)
  const chunk = (part: JsonObject, more: JsonObject = {}) => {
    const content = { parts: [part], role: 'model' }
    return { json: { candidates: [{ content, index: 0, ...more }], ...usage, ...last }, tokens: 1 }
  }
  const chunks = partsOf(request, outcome).map((part) => chunk(part))
  return framed([...chunks, chunk({ text: '' }, { finishReason: 'STOP' })], isEvents)
}
