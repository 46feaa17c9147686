// A chat call through the router inside your own program: no gateway, no database.
//   npm start                          the built-in simulator, no key needed
//   OPENAI_API_KEY=sk-… npm start      OpenAI
import { Readable } from 'node:stream'
import { createCatalogue, createRouter } from '@aigne-hub/core'
import { openAiChat } from '@aigne-hub/dialects'
import { jsonBody } from '@aigne-hub/protocol'
import { openai, sim } from '@aigne-hub/providers'
import { createFetchTransport } from '@aigne-hub/providers/fetch'
import { createSimulator } from '@aigne-hub/simulator'

const apiKey = process.env.OPENAI_API_KEY
const provider = apiKey ? openai({ apiKey }) : sim({ transport: createSimulator() })
const model = apiKey ? 'openai/gpt-4o-mini' : 'sim/chat'

const router = createRouter({
  catalogue: createCatalogue({ providers: [provider] }),
  transport: createFetchTransport(),
  recorder: {
    record: async ({ model, status, usage }) =>
      console.error(`${model}: ${status}, ${usage.input} tokens in, ${usage.output} out`),
  },
})

const reply = await router.route({
  dialect: openAiChat,
  body: jsonBody({ model, stream: true, messages: [{ role: 'user', content: 'Who are you?' }] }),
})

// OpenAI's events, ready to be piped into an HTTP response. Here they are read and printed instead.
const print = (text = '') => process.stdout.write(text)
const reader = openAiChat.streamReader?.({ provider: 'router', model, quirks: {} })
for await (const piece of Readable.from(reply.body)) {
  for (const event of reader?.push(Buffer.from(piece)) ?? []) {
    if (event.type === 'partStart' && event.part.type === 'text') print(event.part.text)
    if (event.type === 'partDelta') print(event.text)
  }
}
