import { hash } from '../random.ts'
import type { Usage } from './chat-types.ts'
import { makeMp4 } from './mp4.ts'

export interface VideoQuestion {
  model: string
  prompt: string
  width: number
  height: number
  seconds: number
  /** How many images it is to be made from. */
  references: number
}

export interface VideoOutcome {
  state: 'queued' | 'running' | 'done' | 'failed'
  /** 0 … 100. */
  progress: number
  /** Once it is done: an MP4 file. */
  video?: Buffer
  /** Why it failed. */
  failure?: string
  usage: Partial<Usage> | undefined
}

/** The model whose jobs end badly. */
export const failingVideo = 'video-failed'
/** The question after which a job is over. */
const lastPoll = 2

/**
 * How far a job has come.
 * @param polls how often it was asked about before, 0 for the answer that begins it
 */
export function answerVideo(question: VideoQuestion, polls: number, seed: number): VideoOutcome {
  if (polls === 0) return { state: 'queued', progress: 0, usage: undefined }
  if (polls < lastPoll) {
    return { state: 'running', progress: Math.round((100 * polls) / lastPoll), usage: undefined }
  }
  const { model, prompt, width, height, seconds, references } = question
  if (model === failingVideo) {
    const failure = 'The simulator was asked for a video that fails.'
    return { state: 'failed', progress: 50, failure, usage: undefined }
  }
  const output = Math.ceil((width * height * seconds * 24) / 1024)
  return {
    state: 'done',
    progress: 100,
    video: makeMp4({ width, height, seconds, note: hash(`${prompt} ${references}`, seed) }),
    usage: { output, total: output },
  }
}
