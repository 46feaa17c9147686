// The control plane: which models there are, and through which profiles they are called.

import type { ModelRow } from '../../behaviour/models.ts'
import type { Json, JsonObject } from '../../json.ts'
import { invalid } from './fields.ts'

const account = '111122223333'
const geographies = ['us', 'eu', 'global'] as const
const active = { modelLifecycle: { status: 'ACTIVE' } }

const talks = ({ operations }: ModelRow) => operations.includes('chat')

/** Models of Amazon's and Cohere's that can be called by their own ids. */
const onDemand: readonly [id: string, name: string, provider: string, output: string][] = [
  ['amazon.titan-embed-text-v2:0', 'Titan Text Embeddings V2', 'Amazon', 'EMBEDDING'],
  ['cohere.embed-v4:0', 'Embed v4', 'Cohere', 'EMBEDDING'],
  ['amazon.nova-2-multimodal-embeddings-v1:0', 'Nova Multimodal Embeddings', 'Amazon', 'EMBEDDING'],
  ['amazon.nova-canvas-v1:0', 'Nova Canvas', 'Amazon', 'IMAGE'],
]

function modelArn(id: string, region: string): string {
  return `arn:aws:bedrock:${region}::foundation-model/${id}`
}

/** `query` filters by provider, output and way to call. @throws Problem for an unknown way. */
export function writeFoundationModels(
  models: readonly ModelRow[],
  query: string,
  region: string,
): string {
  const asked = new URLSearchParams(query)
  const own = models.filter(talks).map(({ id }) => ({
    ...summary(`simulator.${id}-v1:0`, `Simulator ${id}`, 'Simulator', region),
    inputModalities: ['TEXT', 'IMAGE'],
    outputModalities: ['TEXT'],
    responseStreamingSupported: true,
    inferenceTypesSupported: ['INFERENCE_PROFILE'],
    ...active,
  }))
  const others = onDemand.map(([id, name, provider, output]) => ({
    ...summary(id, name, provider, region),
    inputModalities: ['TEXT'],
    outputModalities: [output],
    responseStreamingSupported: false,
    inferenceTypesSupported: ['ON_DEMAND'],
    ...active,
  }))
  const fits = (name: string, values: readonly string[]) => {
    const wanted = asked.get(name)?.toLowerCase()
    return wanted === undefined || values.some((value) => value.toLowerCase() === wanted)
  }
  const modelSummaries = [...own, ...others].filter(
    (model) =>
      fits('byProvider', [model.providerName]) &&
      fits('byOutputModality', model.outputModalities) &&
      fits('byInferenceType', model.inferenceTypesSupported),
  )
  return JSON.stringify({ modelSummaries })
}

function summary(modelId: string, modelName: string, providerName: string, region: string) {
  return { modelArn: modelArn(modelId, region), modelId, modelName, providerName }
}

interface Profile extends JsonObject {
  inferenceProfileId: string
  type: string
}

function profilesOf(models: readonly ModelRow[], region: string): Profile[] {
  const created = { createdAt: '2026-09-21T00:00:00Z', updatedAt: '2026-09-21T00:00:00Z' }
  const profile = (model: string, id: string, name: string, path: string, type: string) => ({
    inferenceProfileId: id,
    inferenceProfileArn: `arn:aws:bedrock:${region}:${account}:${path}/${id}`,
    inferenceProfileName: name,
    models: [{ modelArn: modelArn(model, region) }] as Json[],
    status: 'ACTIVE',
    type,
    ...created,
  })
  return models.filter(talks).flatMap(({ id }) => {
    const model = `simulator.${id}-v1:0`
    return [
      ...geographies.map((geography) =>
        profile(
          model,
          `${geography}.${model}`,
          `${geography.toUpperCase()} Simulator ${id}`,
          'inference-profile',
          'SYSTEM_DEFINED',
        ),
      ),
      profile(model, id, `Our ${id}`, 'application-inference-profile', 'APPLICATION'),
    ]
  })
}

const mostResults = 1000
const usualResults = 100
const profileTypes = ['SYSTEM_DEFINED', 'APPLICATION']

/** One page. A token names the last profile of the page before. @throws Problem for a bad query. */
export function writeInferenceProfiles(
  models: readonly ModelRow[],
  query: string,
  region: string,
): string {
  const asked = new URLSearchParams(query)
  const type = asked.get('type')
  if (type !== null && !profileTypes.includes(type)) {
    throw invalid('type', `it must be one of ${profileTypes.join(', ')}`)
  }
  const profiles = profilesOf(models, region)
    .filter((profile) => type === null || profile.type === type)
    .sort((one, other) => (one.inferenceProfileId < other.inferenceProfileId ? -1 : 1))
  const limit = limitIn(asked)
  const after = tokenIn(asked, profiles)
  const rest = profiles.filter(({ inferenceProfileId: id }) => after === undefined || id > after)
  const page = rest.slice(0, limit)
  const last = page.at(-1)
  return JSON.stringify({
    inferenceProfileSummaries: page,
    ...(last && rest.length > limit ? { nextToken: tokenOf(last.inferenceProfileId) } : {}),
  })
}

function limitIn(asked: URLSearchParams): number {
  const text = asked.get('maxResults')
  if (text === null) return usualResults
  const limit = Number(text)
  if (Number.isInteger(limit) && limit >= 1 && limit <= mostResults) return limit
  throw invalid('maxResults', `it must be from 1 to ${mostResults}`)
}

function tokenOf(id: string): string {
  return Buffer.from(id).toString('base64url')
}

function tokenIn(asked: URLSearchParams, profiles: readonly Profile[]): string | undefined {
  const token = asked.get('nextToken')
  if (token === null) return undefined
  const id = Buffer.from(token, 'base64url').toString()
  if (profiles.some(({ inferenceProfileId }) => inferenceProfileId === id)) return id
  throw invalid('nextToken', 'it was not given here')
}
