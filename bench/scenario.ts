import { Connection } from './http-exchange.ts'
import { chatRequest } from './requests.ts'
import { hubFolder, type Server, startBareProxy, startHub, startUpstream } from './servers.ts'

export interface Settings {
  rounds: number
  roundMs: number
  /** Exchanges a server in the latency scenario. */
  exchanges: number
  starts: number
  /** Puts a second bare proxy in the hub's place: the ratios then show what this machine's noise is. */
  calibrate: boolean
}

/** What a scenario found, for people and for programs. */
export interface Outcome {
  text: string
  data: object
}

export interface Scenario {
  /** One line for the list. */
  summary: string
  run(settings: Settings): Promise<Outcome>
}

export interface Rig {
  /** The static provider, called directly. */
  direct: Server
  bare: Server
  hub: Server
}

/** Starts the three servers anew, checks that each answers, and stops them whatever happens. */
export async function withRig<T>(settings: Settings, use: (rig: Rig) => Promise<T>): Promise<T> {
  const direct = await startUpstream()
  const folder = hubFolder(direct)
  const started = [direct]
  try {
    const bare = await startBareProxy(direct)
    started.unshift(bare)
    const hub = settings.calibrate
      ? await startBareProxy(direct, 'bare again')
      : await startHub(folder.path)
    started.unshift(hub)
    return await use({ direct, bare, hub })
  } finally {
    for (const server of started) await server.stop()
    folder.remove()
  }
}

/** @throws Error unless `server` gives the whole answer that the static provider gives. */
export async function checkAnswers(server: Server, translated = false): Promise<void> {
  const connection = await Connection.open(server.port)
  try {
    const whole = await connection.exchange(chatRequest(server, { stream: false }))
    const { choices } = JSON.parse(whole.body)
    const stream = await connection.exchange(chatRequest(server, { stream: true, translated }))
    const chunks = stream.body.match(/"content":"[^"]+"/g)?.length
    const isWhole =
      choices[0].message.content.length > 400 &&
      chunks === 50 &&
      stream.body.endsWith('data: [DONE]\n\n')
    if (!isWhole) throw new Error(`${server.name} does not give the whole answer:\n${stream.body}`)
  } finally {
    connection.close()
  }
}
