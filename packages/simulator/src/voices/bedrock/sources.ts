// Images, documents, videos and sound in a message.

import type { Turn } from '../../behaviour/chat-types.ts'
import { readImageSize } from '../../behaviour/image-size.ts'
import type { Json, JsonObject } from '../../json.ts'
import { refused } from './errors.ts'
import {
  bytesIn,
  choiceIn,
  fieldNames,
  invalid,
  listIn,
  optionalChoice,
  structureIn,
  textIn,
  unionIn,
} from './fields.ts'

const imageFormats = ['png', 'jpeg', 'gif', 'webp'] as const
const documentFormats = ['pdf', 'csv', 'doc', 'docx', 'xls', 'xlsx', 'html', 'txt', 'md'] as const
const videoFormats = 'mkv mov mp4 webm flv mpeg mpg wmv three_gp'.split(' ')
const audioFormats = 'mp3 opus wav aac flac mp4 ogg mkv mka x-aac m4a mpeg mpga pcm webm'.split(' ')

const plainFields = fieldNames('format source')
const documentFields = fieldNames('format name source context citations')
const fileMembers = fieldNames('bytes s3Location')
const documentMembers = fieldNames('bytes s3Location text content')
const locationFields = fieldNames('uri bucketOwner')
const textMember = fieldNames('text')

const mebibyte = 1024 * 1024
const mostImageBytes = 3.75 * mebibyte
const mostDocumentBytes = 4.5 * mebibyte
const longestSide = 8000
const bytesPerToken = 1000

/** The bytes of a source, or undefined when they are in S3, which is nowhere here. */
function fileOf(
  source: Json | undefined,
  members: ReadonlySet<string>,
  path: string,
): Buffer | undefined {
  const { member, value } = unionIn(source, members, path)
  if (member === 'bytes') return bytesIn({ bytes: value }, 'bytes', path)
  const location = structureIn(value, locationFields, `${path}.s3Location`)
  if (textIn(location, 'uri', `${path}.s3Location`).startsWith('s3://')) return undefined
  throw invalid(`${path}.s3Location.uri`, 'it must be an S3 URI')
}

export function takeImage(value: Json, turn: Turn, path: string): void {
  const image = structureIn(value, plainFields, path)
  const format = choiceIn(image, 'format', imageFormats, path)
  const bytes = fileOf(image.source, fileMembers, `${path}.source`)
  if (bytes === undefined) {
    turn.attachmentTokens++
    return
  }
  if (bytes.length > mostImageBytes) throw invalid(path, 'an image has at most 3.75 MB')
  const size = readImageSize(bytes)
  if (size === undefined) throw refused(`${path}: Could not process image`)
  if (size.format.toLowerCase() !== format) {
    throw refused(
      `${path}: The image was specified using the image/${format} media type, but the image appears to be a image/${size.format.toLowerCase()} image`,
    )
  }
  if (Math.max(size.width, size.height) > longestSide) {
    throw invalid(path, `no side of an image has more than ${longestSide} pixels`)
  }
  const url = `data:image/${format};base64,${bytes.toString('base64')}`
  turn.images.push({ url, detail: 'auto', param: path })
}

/** Letters, digits, hyphens, brackets, and single spaces in between. */
const documentName = /^[A-Za-z0-9\-()[\]]+(?: [A-Za-z0-9\-()[\]]+)*$/

export function takeDocument(value: Json, turn: Turn, path: string): void {
  const document = structureIn(value, documentFields, path)
  optionalChoice(document, 'format', documentFormats, path)
  const name = textIn(document, 'name', path)
  if (!documentName.test(name)) {
    throw invalid(
      `${path}.name`,
      'The file name can only contain alphanumeric characters, whitespace characters, hyphens, parentheses, and square brackets. The name can’t contain more than one consecutive whitespace character',
    )
  }
  const length = documentLength(document, `${path}.source`)
  if (length > mostDocumentBytes) throw invalid(path, 'a document has at most 4.5 MB')
  turn.attachmentTokens += 1 + Math.ceil(length / bytesPerToken)
}

function documentLength({ source }: JsonObject, path: string): number {
  const { member, value } = unionIn(source, documentMembers, path)
  if (member === 'text') return textIn({ text: value }, 'text', path).length
  if (member !== 'content') return fileOf(source, documentMembers, path)?.length ?? 0
  return listIn(value, `${path}.content`).reduce<number>((sum, one, at) => {
    const here = `${path}.content.${at}`
    return sum + textIn(structureIn(one, textMember, here), 'text', here).length
  }, 0)
}

/** Videos and sound are counted and not looked into. */
function takeRecording(formats: readonly string[]) {
  return (value: Json, turn: Turn, path: string): void => {
    const recording = structureIn(value, plainFields, path)
    choiceIn(recording, 'format', formats, path)
    const bytes = fileOf(recording.source, fileMembers, `${path}.source`)
    turn.attachmentTokens += 1 + Math.ceil((bytes?.length ?? 0) / bytesPerToken)
  }
}

export const takeVideo = takeRecording(videoFormats)
export const takeAudio = takeRecording(audioFormats)
