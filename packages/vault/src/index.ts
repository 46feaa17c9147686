export { createEnvelope, type Envelope, SealBroken } from './envelope.ts'
