// A process of its own that uses a store: `child.ts <open | record | leave> <data folder>`. It speaks to its
// parent through stdout and ends with it, at the latest.
import { openStore } from '../index.ts'
import { requestRecord } from './request-record.ts'

const [, , mode, dataDir = ''] = process.argv
const atOnce = 8
const mostRows = 50_000

const say = (line: string) => process.stdout.write(`${line}\n`)

/** Opens the folder and keeps it until the parent ends. */
async function open(): Promise<void> {
  await openStore({ dataDir })
  say('open')
  process.stdin.resume()
}

/** Records rows and says the id of each once it is acknowledged, until it is killed. */
async function record(): Promise<void> {
  say('start')
  const { recorder } = await openStore({ dataDir, upkeep: { syncMs: 5, checkpointMs: 20 } })
  const one = async () => {
    const id = crypto.randomUUID()
    await recorder.record(requestRecord(id))
    say(id)
  }
  for (let rows = 0; rows < mostRows; rows += atOnce) {
    await Promise.all(Array.from({ length: atOnce }, one))
  }
}

/** Leaves the store open, its worker started, and nothing else to do. */
async function leave(): Promise<void> {
  let onCheckpoint = () => {}
  const checkpointed = new Promise<void>((resolve) => {
    onCheckpoint = resolve
  })
  const { recorder } = await openStore({
    dataDir,
    upkeep: { syncMs: 1, checkpointMs: 1 },
    onEvent: ({ type }) => type === 'checkpointed' && onCheckpoint(),
  })
  await recorder.record(requestRecord('left'))
  // Only this keeps the process while it waits: nothing of the store does.
  const waiting = setInterval(() => {}, 1_000)
  await checkpointed
  clearInterval(waiting)
  say('left')
}

try {
  await { open, record, leave }[mode as 'open' | 'record' | 'leave']()
} catch (error) {
  console.error(String(error))
  process.exit(1)
}
