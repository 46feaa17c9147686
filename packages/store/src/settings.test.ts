import { join } from 'node:path'
import Database from 'better-sqlite3'
import { expect, onTestFinished, test } from 'vitest'
import { openStore } from './index.ts'
import { temporaryFolder } from './testing/temporary-folder.ts'

async function open() {
  const dataDir = temporaryFolder()
  let now = 1_000
  const store = await openStore({ dataDir, clock: { now: () => now } })
  onTestFinished(() => store.close())
  return {
    dataDir,
    settings: store.settings,
    setTime(time: number) {
      now = time
    },
  }
}

test('a setting keeps any JSON value, and when it was set', async () => {
  const { settings, setTime } = await open()
  const value = { theme: 'dark', sizes: [1, 2.5, null], on: true }
  await settings.set('console', value)
  expect(await settings.get('console')).toEqual({ value, updatedAt: 1_000 })
  setTime(2_000)
  await settings.set('console', 'plain')
  expect(await settings.get('console')).toEqual({ value: 'plain', updatedAt: 2_000 })
})

test('null is a value; a setting never set has none', async () => {
  const { settings } = await open()
  await settings.set('empty', null)
  expect(await settings.get('empty')).toEqual({ value: null, updatedAt: 1_000 })
  expect(await settings.get('never')).toBeUndefined()
})

test('the first to set a setting decides it for all who ask that way', async () => {
  const { settings } = await open()
  expect(await settings.getOrSet('salt', 'first')).toBe('first')
  expect(await settings.getOrSet('salt', 'second')).toBe('first')
  expect((await settings.get('salt'))?.value).toBe('first')
})

test('the database itself refuses a value that is no JSON', async () => {
  const { dataDir } = await open()
  const sqlite = new Database(join(dataDir, 'hub.sqlite'))
  onTestFinished(() => void sqlite.close())
  const insert = sqlite.prepare("insert into settings values ('a', 'no JSON', 0)")
  expect(() => insert.run()).toThrow('CHECK constraint failed')
})
