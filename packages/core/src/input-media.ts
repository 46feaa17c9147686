import {
  type ChatRequest,
  type ImagesRequest,
  type MediaFile,
  type Operation,
  type Part,
  type RequestOf,
  type Target,
  toBase64,
  type VideoRequest,
} from '@aigne-hub/protocol'
import type { FetchedMedia } from './fetch-media.ts'

type Fetched = ReadonlyMap<string, FetchedMedia>

/**
 * The request with the files it names by their address inside it, for a target that fetches none itself;
 * undefined when nothing has to be fetched.
 */
export function withMediaInside<O extends Operation>(
  request: RequestOf<O>,
  { provider, model }: Target,
  fetch: (urls: ReadonlyMap<string, number>) => Promise<Fetched>,
): Promise<RequestOf<O>> | undefined {
  if (!(model.quirks ?? provider.quirks).mediaByValue) return undefined
  const urls = new Map<string, number>()
  replaced(request, (url) => {
    urls.set(url, (urls.get(url) ?? 0) + 1)
    return undefined
  })
  if (urls.size === 0) return undefined
  return fetch(urls).then((fetched) => replaced(request, (url) => fetched.get(url)))
}

type Replace = (url: string) => FetchedMedia | undefined

/** A copy of the request in which what `replace` has for an address stands in its place. */
function replaced<O extends Operation>(request: RequestOf<O>, replace: Replace): RequestOf<O> {
  if ('messages' in request) return inChat(request, replace) as RequestOf<O>
  if ('images' in request || 'mask' in request) return inImages(request, replace) as RequestOf<O>
  if ('image' in request) return inVideo(request, replace) as RequestOf<O>
  return request
}

function inChat(request: ChatRequest, replace: Replace): ChatRequest {
  const messages = request.messages.map((message) => ({
    ...message,
    parts: message.parts.map((part) => inPart(part, replace)),
  }))
  return { ...request, messages }
}

function inPart(part: Part, replace: Replace): Part {
  if (part.type === 'toolResult') {
    return { ...part, content: part.content.map((inner) => inPart(inner, replace)) }
  }
  if (part.type !== 'media' || part.url === undefined) return part
  const file = replace(part.url)
  if (!file) return part
  const { url: _, ...rest } = part
  return { ...rest, data: toBase64(file.bytes), mimeType: file.mimeType }
}

function inImages(request: ImagesRequest, replace: Replace): ImagesRequest {
  const { images, mask } = request
  return {
    ...request,
    ...(images && { images: images.map((file) => inFile(file, replace)) }),
    ...(mask && { mask: inFile(mask, replace) }),
  }
}

function inVideo(request: VideoRequest, replace: Replace): VideoRequest {
  return request.image ? { ...request, image: inFile(request.image, replace) } : request
}

function inFile(file: MediaFile, replace: Replace): MediaFile {
  if (!('url' in file)) return file
  const fetched = replace(file.url)
  return fetched ? { data: fetched.bytes, mimeType: fetched.mimeType } : file
}
