export {
  type Candidate,
  type Catalogue,
  createCatalogue,
  type ListedModel,
  type ModelAlias,
} from './catalogue.ts'
export {
  type Deadlines,
  defaultDeadlines,
  type MemoryBudget,
  type Recorder,
  type RouterPorts,
} from './ports.ts'
export type { Reply } from './reply.ts'
export type { RequestRecord } from './request-record.ts'
export { type Call, createRouter, type Router } from './router.ts'
export type { AnswerStore, PinnedTarget, StoredAnswer, StoredChain } from './stored-answers.ts'
