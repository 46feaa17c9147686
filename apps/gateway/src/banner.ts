import type { Hub } from './compose.ts'
import type { Settings } from './config.ts'

/** What a person who has just started the hub needs next. */
export function banner({
  settings,
  port,
  hub,
  version,
}: {
  settings: Settings
  port: number
  hub: Hub
  version: string
}): string {
  const { host, publicUrl, tls } = settings
  const shown = host === '0.0.0.0' || host === '::' ? 'localhost' : host
  const local = `${tls ? 'https' : 'http'}://${shown.includes(':') ? `[${shown}]` : shown}:${port}`
  const address = (publicUrl ?? local).replace(/\/$/, '')
  const lines = [`AIGNE Hub ${version}`, '', `  Address    ${address}`]
  if (hub.demoKey) {
    lines.push(
      `  Demo key   ${hub.demoKey}`,
      '             for the simulated models sim/*, from this machine only',
      '',
      '  Try it:',
      '',
      // One line, so that a double click and a paste are enough.
      `  curl ${tls ? '--insecure ' : ''}${local}/v1/chat/completions -H 'authorization: Bearer ${hub.demoKey}' -H 'content-type: application/json' -d '{"model":"sim/chat","messages":[{"role":"user","content":"Hello!"}]}'`,
    )
  }
  return `${lines.join('\n')}\n\n`
}
