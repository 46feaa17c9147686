#!/usr/bin/env node
import module from 'node:module'
import { fileURLToPath } from 'node:url'

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
if (major < 24 || (major === 24 && minor < 7)) {
  process.stderr.write(
    `aigne-hub-gateway: This is Node ${process.versions.node}, and the hub needs 24.7 or newer; install a newer Node.\n`,
  )
  process.exit(1)
}

// Compiled code is kept between starts, which halves the time to the first answer. Beside the program,
// and not in the shared temporary folder, where another user could have put code of theirs. Without the
// right to write there nothing is kept. It only helps what is loaded after it, hence `start.ts`.
module.enableCompileCache(fileURLToPath(new URL('../node_modules/.cache/compile', import.meta.url)))
await import('./start.ts')
