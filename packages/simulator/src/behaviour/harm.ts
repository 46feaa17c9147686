import { answerModerations, type HarmKind, harmKinds } from './moderations.ts'

const threshold = 0.5

/** What is wrong with `text`, as the model `moderation` would find; usually nothing. */
export function harmsIn(text: string): HarmKind[] {
  const [judgement] = answerModerations({ model: 'moderation', texts: [text] }, 0).judgements
  return harmKinds.filter((kind) => (judgement?.scores[kind] ?? 0) >= threshold)
}
