// A static provider in a process of its own: OpenAI's chat completions and Anthropic's messages from
// bytes made beforehand, so that it costs as little as an upstream can. Answers `BENCH_PORT` on loopback.
//
// Model `static` sends its 50 chunks as fast as the socket takes them, each a write of its own;
// `static-paced` sends 20 chunks a second, as a model does.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'

const chunkCount = 50
const pacedIntervalMs = 50

const sentence =
  'A gateway answers in the name of many models, and adds as little of its own as it can. '
const answer = sentence.repeat(5).trim()
const usage = { prompt_tokens: 120, completion_tokens: 96, total_tokens: 216 }
const common = { id: 'chatcmpl-static', created: 1_700_000_000, model: 'static' }

const whole = Buffer.from(
  JSON.stringify({
    ...common,
    object: 'chat.completion',
    choices: [{ index: 0, message: { role: 'assistant', content: answer }, finish_reason: 'stop' }],
    usage,
  }),
)

function frame(chunk: object): string {
  return `data: ${JSON.stringify({ ...common, object: 'chat.completion.chunk', ...chunk })}\n\n`
}

/** The writes of one stream. The last one ends it: finish, usage when asked for, `[DONE]`. */
function streamWrites(includeUsage: boolean): Buffer[] {
  const withUsage = (value: object | null) => (includeUsage ? { usage: value } : {})
  const choice = (delta: object, finish: string | null) => ({
    choices: [{ index: 0, delta, finish_reason: finish }],
    ...withUsage(null),
  })
  const words = answer.split(' ')
  return Array.from({ length: chunkCount }, (_, index) => {
    const content = `${words[index % words.length]} `
    const text = frame(choice(index === 0 ? { role: 'assistant', content } : { content }, null))
    if (index < chunkCount - 1) return Buffer.from(text)
    const end = includeUsage ? frame({ choices: [], ...withUsage(usage) }) : ''
    return Buffer.from(`${text}${frame(choice({}, 'stop'))}${end}data: [DONE]\n\n`)
  })
}

/** The same words as Anthropic streams them. The last write ends it. */
function messageWrites(): Buffer[] {
  const event = (data: { type: string }) => `event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`
  const { id, model } = common
  const start = {
    type: 'message_start',
    message: {
      ...{ id, type: 'message', role: 'assistant', model, content: [] },
      ...{ stop_reason: null, stop_sequence: null },
      usage: { input_tokens: usage.prompt_tokens, output_tokens: 1 },
    },
  }
  const block = { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } }
  const end = [
    { type: 'content_block_stop', index: 0 },
    {
      type: 'message_delta',
      delta: { stop_reason: 'end_turn', stop_sequence: null },
      usage: { output_tokens: usage.completion_tokens },
    },
    { type: 'message_stop' },
  ]
  const words = answer.split(' ')
  return Array.from({ length: chunkCount }, (_, index) => {
    const delta = { type: 'text_delta', text: `${words[index % words.length]} ` }
    const text = event({ type: 'content_block_delta', index: 0, delta } as { type: string })
    const head = index === 0 ? event(start) + event(block) : ''
    return Buffer.from(head + text + (index < chunkCount - 1 ? '' : end.map(event).join('')))
  })
}

const messageStream = messageWrites()

const streams = { plain: streamWrites(false), withUsage: streamWrites(true) }

const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve))

async function sendStream(response: ServerResponse, writes: Buffer[], paced: boolean) {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' })
  for (const bytes of writes) {
    if (response.destroyed) return
    response.write(bytes)
    await (paced ? wait(pacedIntervalMs) : nextTurn())
  }
  response.end()
}

interface ChatBody {
  model?: string
  stream?: boolean
  stream_options?: { include_usage?: boolean }
}

async function bodyOf(request: IncomingMessage): Promise<ChatBody> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return JSON.parse(Buffer.concat(chunks).toString())
}

async function answerChat(request: IncomingMessage, response: ServerResponse) {
  const body = await bodyOf(request)
  if (body.stream === true) {
    const writes = body.stream_options?.include_usage === true ? streams.withUsage : streams.plain
    await sendStream(response, writes, body.model === 'static-paced')
    return
  }
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': whole.length })
  response.end(whole)
}

const server = createServer((request, response) => {
  if (request.url === '/v1/messages') {
    bodyOf(request)
      .then(() => sendStream(response, messageStream, false))
      .catch(() => response.destroy())
    return
  }
  if (request.method === 'POST') {
    answerChat(request, response).catch(() => response.destroy())
    return
  }
  response.end('ok')
})
server.keepAliveTimeout = 60_000
server.listen(Number(process.env.BENCH_PORT), '127.0.0.1')
