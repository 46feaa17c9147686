// Which of Ideogram's forms a request is for, and what each has words for. Source: the vendor's OpenAPI
// (2026).

import type { ImagesRequest } from '@aigne-hub/protocol'
import type { ImageWords } from '../image-request.ts'
import type { IdeogramModel } from './model.ts'

export interface IdeogramForm extends ImageWords {
  path: string
  prompt: 'prompt' | 'text_prompt'
  /** How the shape of the picture is told; `mask`: it is that of the mask. */
  shape: 'resolution or ratio' | 'ratio' | 'resolution' | 'mask' | 'none'
  /** The field for files. */
  files?: 'image' | 'images'
  /** How many pictures it makes at once. */
  most: number
  /** It cannot be as fast as FLASH. */
  isSlow?: boolean
}

const looks = [
  'magic_prompt',
  'rendering_speed',
  'style_type',
  'style_preset',
  'style_codes',
  'color_palette',
  'custom_model_uri',
]

const generate: IdeogramForm = {
  path: '/v1/ideogram-v3/generate',
  prompt: 'prompt',
  shape: 'resolution or ratio',
  most: 8,
  fields: ['quality', 'style', 'seed', 'negativePrompt'],
  extensions: looks,
}

const transparent: IdeogramForm = {
  ...generate,
  path: '/v1/ideogram-v3/generate-transparent',
  shape: 'ratio',
  isSlow: true,
  fields: ['quality', 'seed', 'negativePrompt', 'background'],
  extensions: ['magic_prompt', 'rendering_speed', 'custom_model_uri', 'upscale_factor'],
}

const remix: IdeogramForm = {
  ...generate,
  path: '/v1/ideogram-v3/remix',
  files: 'image',
  fields: [...generate.fields, 'images'],
  extensions: [...looks, 'image_weight'],
}

const inpaint: IdeogramForm = {
  ...generate,
  path: '/v1/ideogram-v3/inpaint',
  shape: 'mask',
  files: 'image',
  fields: ['quality', 'style', 'seed', 'images', 'mask'],
}

const generateV4: IdeogramForm = {
  path: '/v1/ideogram-v4/generate',
  prompt: 'text_prompt',
  shape: 'resolution',
  most: 1,
  fields: ['quality'],
  extensions: ['rendering_speed', 'enable_copyright_detection'],
}

const edit: IdeogramForm = {
  path: '/v1/edit',
  prompt: 'prompt',
  shape: 'none',
  files: 'images',
  most: 1,
  fields: ['images', 'background'],
  extensions: [],
}

/** An edit is by words alone unless there is a mask, or a weight for the picture to be remixed. */
export function formFor(request: ImagesRequest, { version }: IdeogramModel): IdeogramForm {
  const { images = [], mask, background, extensions } = request
  if (images.length === 0) {
    if (version === 'v4') return generateV4
    return background === 'transparent' ? transparent : generate
  }
  if (version === 'v3' && mask) return inpaint
  if (version === 'v3' && extensions?.image_weight !== undefined) return remix
  return edit
}
