import { join } from 'node:path'
import Database from 'better-sqlite3'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { scale } from '../../../tests/scale.ts'
import { openStore } from './index.ts'
import { spawnChild } from './testing/spawn-child.ts'
import { temporaryFolder } from './testing/temporary-folder.ts'

const killsPerFolder = 5

/** Lets a process record into the folder and kills it after so many lines; answers with the ids it acknowledged. */
async function recordUntilKilled(dataDir: string, lines: number): Promise<string[]> {
  const child = spawnChild('record', dataDir)
  await child.said(lines)
  child.process.kill('SIGKILL')
  const { code, errors } = await child.ended
  expect({ code, errors }).toEqual({ code: null, errors: '' })
  return child.lines.slice(1)
}

/** What the folder holds once a store has opened and closed it. */
async function inspect(dataDir: string) {
  await (await openStore({ dataDir })).close()
  const sqlite = new Database(join(dataDir, 'hub.sqlite'), { readonly: true })
  try {
    const integrity = sqlite.pragma('integrity_check', { simple: true })
    const ids = sqlite.prepare<[], string>('select id from requests').pluck().all()
    return { integrity, ids: new Set(ids) }
  } finally {
    sqlite.close()
  }
}

test(
  `no acknowledged row is lost in ${scale.kills} kills`,
  async () => {
    const seed = Date.now()
    // One line is said before the store is opened: some are killed while they open it, some between the
    // first rows, some after several checkpoints.
    const moments = fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 3_000 }))
    const kills = fc.sample(moments, { numRuns: scale.kills, seed })
    const folder = temporaryFolder()
    let acknowledgedInAll = 0
    for (let first = 0; first < kills.length; first += killsPerFolder) {
      const dataDir = join(folder, String(first))
      const acknowledged: string[] = []
      for (const lines of kills.slice(first, first + killsPerFolder)) {
        acknowledged.push(...(await recordUntilKilled(dataDir, lines)))
        const { integrity, ids } = await inspect(dataDir)
        const lost = acknowledged.filter((id) => !ids.has(id))
        expect({ seed, lines, integrity, lost }).toEqual({ seed, lines, integrity: 'ok', lost: [] })
      }
      acknowledgedInAll += acknowledged.length
    }
    expect(acknowledgedInAll).toBeGreaterThan(scale.kills)
  },
  30_000 + scale.kills * 3_000,
)
