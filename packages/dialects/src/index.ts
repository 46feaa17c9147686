export { openAiChat } from './openai-chat/index.ts'
export { openAiEmbeddings } from './openai-media/embeddings.ts'
export { openAiImages } from './openai-media/images.ts'
