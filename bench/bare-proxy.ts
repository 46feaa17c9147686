// The yardstick: what anyone would write first with Fastify and undici, and nothing more. It knows no
// keys, limits, retries or records. Answers `BENCH_PORT`, forwards to `BENCH_UPSTREAM`.
import Fastify from 'fastify'
import { Pool } from 'undici'

const app = Fastify({ logger: false })
const upstream = new Pool(process.env.BENCH_UPSTREAM ?? '')

app.get('/healthz', async () => 'ok')

app.post<{ Body: { stream?: boolean } }>('/v1/chat/completions', async (request, reply) => {
  const { statusCode, headers, body } = await upstream.request({
    path: '/v1/chat/completions',
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: 'Bearer bench-key' },
    body: JSON.stringify(request.body),
  })
  reply.code(statusCode)
  if (request.body.stream !== true) return await body.json()
  reply.header('content-type', headers['content-type'])
  return reply.send(body)
})

await app.listen({ host: '127.0.0.1', port: Number(process.env.BENCH_PORT) })
