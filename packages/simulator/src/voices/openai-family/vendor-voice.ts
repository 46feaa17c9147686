import { isObject } from '../../json.ts'
import type { Problem } from '../../problem.ts'
import type { Header, Reply } from '../../reply.ts'
import { bearerKey, httpDate, isAudio } from '../openai/replies.ts'
import type { Voice, VoiceContext } from '../voice.ts'
import { type VendorError, vendorError } from './errors.ts'
import { wholeReply } from './replies.ts'
import { routeFinder } from './routes.ts'
import type { Part, Vendor } from './vendor.ts'

/** Headers of other voices that go on: they say what the content is. */
const kept = new Set(['content-type', 'cache-control'])

/** The voice of a vendor whose API is OpenAI's in the main. */
export function vendorVoice(vendor: Vendor): Voice {
  const { keyRefusal, accepts, errors = {}, parts = [] } = vendor
  const find = routeFinder(vendor.routes)
  const findOpen = new Set(vendor.open)
  const headersOf = (context: VoiceContext): Header[] => [
    ['date', httpDate(context.nowMs)],
    ...(vendor.headers?.(context) ?? []),
  ]
  const errorOf = (problem: Problem) => vendorError(problem, errors.table)
  const voice: Voice = {
    keyOf: vendor.keyOf ?? bearerKey,
    ...(keyRefusal ? { keyRefusal } : {}),
    ...(accepts ? { accepts } : {}),
    isOpen: (method, path) => findOpen.has(`${method} ${path}`),
    answer(request, context) {
      const { route, names } = find(request.method, request.path)
      const reply = route(request, context, names)
      return { ...reply, headers: [...reply.headers, ...headersOf(context)] }
    },
    problem(problem, context, headers = []) {
      const error = errorOf(problem)
      const reply = wholeReply((errors.write ?? writeError)(error, context))
      const given = [...reply.headers, ...headersOf(context), ...headers]
      const own = errors.headers?.(error, given) ?? []
      const ownNames = new Set(own.map(([name]) => name))
      const rest = given.filter(([name]) => !ownNames.has(name))
      return { ...reply, status: error.status, headers: [...rest, ...own] }
    },
    problemFrame(problem, begun) {
      if (isAudio(begun)) return ''
      const error = errorOf(problem)
      return errors.frame?.(error, begun) ?? `data: ${JSON.stringify(writeError(error))}\n\n`
    },
  }
  if (parts.length === 0) return voice
  const partVoices = parts.map((part) => ({ part, voice: partVoice(part, voice, headersOf) }))
  return {
    ...voice,
    at: (path) =>
      partVoices.find(({ part }) => path === part.path || path.startsWith(`${part.path}/`))?.voice,
  }
}

/** OpenAI's form. */
function writeError({ message, type, param, code }: VendorError) {
  return { error: { message, type, param, code } }
}

/** Another voice at a path of the vendor's, with the vendor's keys and headers. */
function partVoice(
  { path, as, voice, read, keyOf, ownErrors = false }: Part,
  vendor: Voice,
  headersOf: (context: VoiceContext) => Header[],
): Voice {
  const dressed = (reply: Reply, context: VoiceContext, more: readonly Header[] = []): Reply => {
    const content = reply.headers.filter(([name]) => kept.has(name))
    return { ...reply, headers: [...content, ...headersOf(context), ...more] }
  }
  return {
    ...vendor,
    ...(keyOf ? { keyOf } : {}),
    answer(request, context) {
      const { body } = request
      const moved = {
        ...request,
        path: as + request.path.slice(path.length),
        body: read && isObject(body) ? read(body, context) : body,
      }
      return dressed(voice.answer(moved, context), context)
    },
    problem: ownErrors
      ? vendor.problem
      : (problem, context, headers) => dressed(voice.problem(problem, context), context, headers),
    problemFrame: voice.problemFrame,
  }
}
