import { closeSync, existsSync, fsyncSync, openSync, readSync, rmSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { StringDecoder } from 'node:string_decoder'

/** A file of JSON, one value a line, for what the database did not take. */
export interface JsonLines {
  readonly file: string
  exists(): boolean
  /** Returns once the lines are on the disk. @throws when they could not be put there. */
  append(values: readonly unknown[]): void
  /** The lines as they stand, without the empty ones. */
  read(): Generator<string>
  remove(): void
}

const chunkBytes = 1 << 20

/** Bigints become strings of digits. */
function lineOf(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'bigint' ? `${inner}` : inner,
  )
}

function writeAll(descriptor: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(descriptor, bytes, at)
}

/** A new file survives a power cut only once its folder is on the disk as well. */
function syncFolder(folder: string): void {
  if (process.platform === 'win32') return // Folders cannot be opened there.
  const descriptor = openSync(folder, 'r')
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

export function createJsonLines(file: string): JsonLines {
  return {
    file,
    exists: () => existsSync(file),
    append(values) {
      // The leading line break ends a line that a crash or a full disk may have cut short.
      const bytes = Buffer.from(`\n${values.map(lineOf).join('\n')}\n`)
      const descriptor = openSync(file, 'a', 0o600)
      try {
        writeAll(descriptor, bytes)
        fsyncSync(descriptor)
      } finally {
        closeSync(descriptor)
      }
      syncFolder(dirname(file))
    },
    *read() {
      const descriptor = openSync(file, 'r')
      try {
        const decoder = new StringDecoder('utf8')
        const chunk = Buffer.alloc(chunkBytes)
        let rest = ''
        for (let size = readSync(descriptor, chunk); size > 0; size = readSync(descriptor, chunk)) {
          const lines = (rest + decoder.write(chunk.subarray(0, size))).split('\n')
          rest = lines.pop() ?? ''
          for (const line of lines) if (line !== '') yield line
        }
        if (rest !== '') yield rest
      } finally {
        closeSync(descriptor)
      }
    },
    remove: () => rmSync(file, { force: true }),
  }
}
