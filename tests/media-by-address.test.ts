// Files that a request names by their address, for providers that fetch none: the hub puts them inside, and
// fetches nothing from where it must not go.
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { hostname } from 'node:os'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  metadataIpv4,
  metadataIpv6,
  privateIpv4,
  privateIpv6,
  specialIpv4,
  specialIpv6,
  spellings,
} from '../packages/providers/src/testing/forbidden-addresses.ts'
import { type EveryProviderLab, startEveryProvider } from './every-provider.ts'
import { adminKey, discard, type RunningHub, startHub } from './hub.ts'
import { pixels } from './voices.ts'

const mebibyte = 1024 * 1024
const secret = 'secret-of-the-path'
const png = Buffer.from(pixels, 'base64')

/** A host of files that counts who comes. */
async function startFiles() {
  const seen: { connections: number; requests: { url: string; headers: object }[] } = {
    connections: 0,
    requests: [],
  }
  let left = () => {}
  const server = createServer(({ url = '', headers }, response) => {
    seen.requests.push({ url, headers })
    const { pathname, searchParams } = new URL(url, 'http://files')
    const to = searchParams.get('to')
    if (to !== null) response.writeHead(302, { location: to }).end('moved')
    else if (pathname === '/loop') response.writeHead(302, { location: url }).end()
    else if (pathname === '/announced') announce(response)
    else if (pathname === '/endless') pour(response)
    else if (pathname.endsWith('.png')) {
      response.writeHead(200, { 'content-type': 'application/octet-stream' }).end(png)
    } else response.writeHead(404).end()
    response.once('close', () => left())
  })
  server.on('connection', () => {
    seen.connections++
  })
  // Every address of this machine, of both families.
  await new Promise<void>((resolve) => server.listen(0, '::', resolve))
  const { port } = server.address() as AddressInfo
  return {
    seen,
    port,
    url: `http://127.0.0.1:${port}`,
    /** Resolves when an answer is over, one way or the other. */
    nextEnd: () =>
      new Promise<void>((resolve) => {
        left = resolve
      }),
    close() {
      server.closeAllConnections()
      server.close()
    },
  }
}

function announce(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'image/png', 'content-length': 21 * mebibyte })
  response.write(png)
}

/** As many bytes as are taken. */
function pour(response: ServerResponse): void {
  const piece = Buffer.alloc(mebibyte)
  const go = () => {
    while (!response.destroyed && response.write(piece));
  }
  response.on('drain', go)
  go()
}

let files: Awaited<ReturnType<typeof startFiles>>
let lab: EveryProviderLab
/** Without `media.allowPrivateNetwork`. */
let strict: RunningHub

beforeAll(async () => {
  files = await startFiles()
  lab = await startEveryProvider({ file: 'media: { allowPrivateNetwork: true }\n' })
  strict = await startHub({
    file: `providers: [{ id: own, dialect: ollama, baseUrl: "${lab.server.url}/ollama", allowPrivateNetwork: true }]\n`,
  })
})

afterAll(async () => {
  await lab.close()
  await discard(strict)
  files.close()
})

beforeEach(() => {
  files.seen.connections = 0
  files.seen.requests = []
})

async function post(path: string, body: object, to: RunningHub = lab.hub) {
  const response = await fetch(to.url + path, {
    method: 'POST',
    headers: { authorization: `Bearer ${adminKey}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  const text = await response.text()
  return { status: response.status, text, body: JSON.parse(text) }
}

const ask = (model: string, ...urls: string[]) => ({
  model,
  messages: [
    {
      role: 'user',
      content: [
        { type: 'text', text: 'What is this?' },
        ...urls.map((url) => ({ type: 'image_url', image_url: { url } })),
      ],
    },
  ],
})
const chat = '/v1/chat/completions'

describe('files go inside', () => {
  test.each(['bedrock', 'ollama', 'lmstudio'])('a picture in a chat of %s', async (provider) => {
    const address = `${files.url}/a.png?key=${secret}`
    const { status, text } = await post(chat, ask(`${provider}/vision`, address, address))
    expect([status, text]).toEqual([200, expect.stringContaining('3')])
    const asked = JSON.stringify(lab.upstream.requests.at(-1)?.body)
    expect(asked.split(pixels)).toHaveLength(3)
    expect(asked).not.toContain(secret)
    // One address is one fetch, and nothing goes there that is not its own.
    expect(files.seen.requests.map(({ url }) => url)).toEqual([`/a.png?key=${secret}`])
    const headers = JSON.stringify(files.seen.requests[0]?.headers)
    expect(headers).not.toMatch(/authorization|cookie|upstream-key|referer/i)
  })

  test('behind redirects, on whatever surface', async () => {
    const address = `${files.url}/?to=${encodeURIComponent(`/?to=${encodeURIComponent(`${files.url}/b.png`)}`)}`
    const { status } = await post('/v1/responses', {
      model: 'bedrock/vision',
      store: false,
      input: [{ role: 'user', content: [{ type: 'input_image', image_url: address }] }],
    })
    expect(status).toBe(200)
    expect(JSON.stringify(lab.upstream.requests.at(-1)?.body)).toContain(pixels)
    expect(files.seen.requests).toHaveLength(3)
  })

  test.each([
    ['bedrock/amazon.nova-canvas-v1:0', 1],
    ['ideogram/ideogram-v3', 1],
  ])('pictures to be edited by %s', async (model, count) => {
    const images = Array.from({ length: count }, (_, at) => ({
      image_url: `${files.url}/${at}.png`,
    }))
    const { status, text } = await post('/v1/images/edits', {
      model,
      prompt: 'At night',
      images,
      response_format: 'b64_json',
    })
    expect(status, text.slice(0, 500)).toBe(200)
    expect(files.seen.requests).toHaveLength(count)
  })

  test('a provider that fetches itself gets the address', async () => {
    const { status } = await post(chat, ask('openai/chat', `${files.url}/a.png`))
    expect(status).toBe(200)
    expect(JSON.stringify(lab.upstream.requests.at(-1)?.body)).toContain(`${files.url}/a.png`)
    expect(files.seen.connections).toBe(0)
  })
})

async function expectRefusal(
  asked: ReturnType<typeof ask>,
  about: string | RegExp,
  { to = lab.hub, status = 400, code = 'media_not_fetched' } = {},
) {
  const before = lab.upstream.counters.received
  const refused = await post(chat, asked, to)
  expect(refused.status, refused.text).toBe(status)
  expect(refused.body.error).toMatchObject({ code, message: expect.stringMatching(about) })
  expect(refused.body.error.request_id).toMatch(/^req_/)
  expect(refused.text).not.toContain(secret)
  expect(lab.upstream.counters.received).toBe(before)
}

describe('refused', () => {
  const redirected = (to: string) => `${files.url}/${secret}?to=${encodeURIComponent(to)}`

  test.each([
    'http://169.254.169.254/latest/meta-data/',
    'http://metadata.google.internal/computeMetadata/v1/',
    'http://[fd00:ec2::254]/latest/meta-data/',
    'http://2852039166/latest/meta-data/',
    '//100.100.100.200/latest/',
    'http://0.0.0.0/',
    'file:///etc/passwd',
    'gopher://127.0.0.1/',
    'data:image/png;base64,AAAA',
    'http://user:password@127.0.0.1/',
  ])('a redirect to %s, even where private networks are open', async (to) => {
    await expectRefusal(ask('ollama/vision', redirected(to)), /could not be fetched/)
    expect(files.seen.requests).toHaveLength(1)
  })

  test('a redirect without end', async () => {
    await expectRefusal(ask('ollama/vision', `${files.url}/loop?${secret}`), /redirects too often/)
    expect(files.seen.requests).toHaveLength(4)
  })

  test('a file that is not there', () =>
    expectRefusal(ask('bedrock/vision', `${files.url}/${secret}`), /HTTP 404/))

  test.each(['announced', 'endless'])('21 MiB, %s, before all have come', async (how) => {
    const end = files.nextEnd()
    await expectRefusal(ask('lmstudio/vision', `${files.url}/${how}?${secret}`), /20 MiB/, {
      status: 413,
      code: 'request_too_large',
    })
    await end
  })

  test('more files than are fetched', async () => {
    const urls = Array.from({ length: 21 }, (_, at) => `${files.url}/${at}.png`)
    await expectRefusal(ask('ollama/vision', ...urls), /21 files/)
    expect(files.seen.connections).toBe(0)
  })

  test.each([
    'http://',
    'http:// /',
    'https://[::1',
    'file:///etc/passwd',
    'ftp://127.0.0.1/a.png',
    '/a.png',
    'javascript:alert(1)',
  ])('%s, which is no address of a file', async (url) => {
    const refused = await post(chat, ask('ollama/vision', url))
    expect(refused.status, refused.text).toBe(400)
    expect(files.seen.connections).toBe(0)
  })

  test('whatever is not public, however it is spelled, is never connected to', async () => {
    const ipv6 = [...privateIpv6, ...metadataIpv6, ...specialIpv6].map((address) => `[${address}]`)
    const hosts = [
      ...spellings('127.0.0.1'),
      ...spellings('169.254.169.254'),
      ...spellings('0.0.0.0'),
      ...['127.1', '0', '0x7f.1', 'localhost', 'LOCALHOST', 'localhost.', 'a.localhost'],
      // A name that stands in no list of names.
      hostname(),
      ...['metadata.google.internal', 'METADATA.google.internal.'],
      ...[...privateIpv4, ...metadataIpv4, ...specialIpv4, ...ipv6],
    ]
    expect(new Set(hosts).size).toBeGreaterThan(100)
    const answers = await Promise.all(
      hosts.map(async (host) => {
        const address = `http://${host}:${files.port}/${secret}.png`
        const { status, body, text } = await post(chat, ask('own/vision', address), strict)
        return { host, status, code: body.error?.code, isTold: text.includes(secret) }
      }),
    )
    const wrong = answers.filter(
      ({ status, code, isTold }) =>
        status !== 400 || isTold || !['media_not_fetched', 'invalid_request'].includes(code),
    )
    expect(wrong).toEqual([])
    expect(files.seen.connections).toBe(0)
    expect(strict.log()).not.toContain(secret)
  })

  test('an address on a private network, unless the operator allows it', () =>
    expectRefusal(ask('own/vision', `${files.url}/a.png`), /not public/, { to: strict }))
})
