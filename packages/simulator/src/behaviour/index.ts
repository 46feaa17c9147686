import type { FaultName } from '../faults.ts'
import { Problem } from '../problem.ts'
import { answerChat } from './chat.ts'
import type { ChatOutcome, Question } from './chat-types.ts'
import { answerEmbeddings, type EmbeddingsOutcome, type EmbeddingsQuestion } from './embeddings.ts'
import { answerImages, type ImagesOutcome, type ImagesQuestion } from './images.ts'
import { faulty, type ModelRow, modelRows, type SimulatedOperation } from './models.ts'
import {
  answerModerations,
  type ModerationsOutcome,
  type ModerationsQuestion,
} from './moderations.ts'
import { promptTokens } from './prompt-tokens.ts'
import { answerRerank, type RerankOutcome, type RerankQuestion } from './rerank.ts'
import { answerSpeech, type SpeechOutcome, type SpeechQuestion } from './speech.ts'
import {
  answerTranscription,
  type TranscriptionOutcome,
  type TranscriptionQuestion,
} from './transcription.ts'
import { answerVideo, type VideoOutcome, type VideoQuestion } from './video.ts'

export type Outcome =
  | ChatOutcome
  | EmbeddingsOutcome
  | ImagesOutcome
  | SpeechOutcome
  | TranscriptionOutcome
  | RerankOutcome
  | ModerationsOutcome
  | VideoOutcome

/** What the provider knows and says, without a word about the wire. */
export interface Behaviour {
  readonly models: readonly ModelRow[]
  /** @throws Problem `modelNotFound`, or `invalidRequest` when the model does something else. */
  model(id: string, operation: SimulatedOperation): ModelRow
  chat(question: Question): ChatOutcome
  /** The tokens of everything a chat request sends. */
  countTokens(question: Question): number
  embeddings(question: EmbeddingsQuestion): EmbeddingsOutcome
  images(question: ImagesQuestion): ImagesOutcome
  speech(question: SpeechQuestion): SpeechOutcome
  transcription(question: TranscriptionQuestion): TranscriptionOutcome
  rerank(question: RerankQuestion): RerankOutcome
  moderations(question: ModerationsQuestion): ModerationsOutcome
  /** @param polls how often the job was asked about before, 0 for the answer that begins it */
  video(question: VideoQuestion, polls: number): VideoOutcome
}

/** `faults` gives models something that goes wrong, known ones and new ones. */
export function createBehaviour(
  seed: number,
  faults: Readonly<Record<string, FaultName>>,
): Behaviour {
  const rows = new Map(modelRows.map((row) => [row.id, row]))
  for (const [id, fault] of Object.entries(faults)) {
    rows.set(id, { ...(rows.get(id) ?? faulty(id, fault, `Has the fault ${fault}.`)), fault })
  }
  const find = (id: string, operation: SimulatedOperation): ModelRow => {
    const row = rows.get(id)
    if (!row) {
      throw new Problem('modelNotFound', `The simulator has no model \`${id}\`.`, 'model')
    }
    if (!row.operations.includes(operation)) {
      const can = row.operations.join(', ')
      throw new Problem('invalidRequest', `\`${id}\` does ${can}, not ${operation}.`, 'model')
    }
    return row
  }
  return {
    models: [...rows.values()],
    model: find,
    chat: (question) => answerChat(question, find(question.model, 'chat').persona, seed),
    countTokens(question) {
      find(question.model, 'chat')
      return promptTokens(question)
    },
    embeddings: (question) => answerEmbeddings(question, seed),
    images: (question) => answerImages(question, seed),
    speech: (question) => answerSpeech(question, seed),
    transcription: answerTranscription,
    rerank: answerRerank,
    moderations: (question) => answerModerations(question, seed),
    video: (question, polls) => answerVideo(question, polls, seed),
  }
}
