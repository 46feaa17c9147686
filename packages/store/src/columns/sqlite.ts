import type { SQL } from 'drizzle-orm'
import type { AnySQLiteColumn } from 'drizzle-orm/sqlite-core'
import { customType, integer, real, sql, text } from '../drizzle.ts'

// The column types in which databases differ; the schema is written with these words alone.
export {
  check,
  index,
  primaryKey,
  sqliteTable as table,
  text as string,
  uniqueIndex,
} from '../drizzle.ts'

/** A whole number, exact up to 2^53. */
export const count = (name: string) => integer(name)

/** A number that may have a fraction. */
export const decimal = (name: string) => real(name)

/** A moment, in Unix milliseconds. */
export const instant = (name: string) => integer(name)

export const flag = (name: string) => integer(name, { mode: 'boolean' })

export const json = <T>(name: string) => text(name, { mode: 'json' }).$type<T>()

/**
 * Nano-dollars. The driver hands out whole numbers as `number`, which loses digits above 2^53, so a
 * query selects `exactly(column)`; selecting the column itself is refused.
 */
export const nanoUsd = customType<{ data: bigint; driverData: bigint }>({
  dataType: () => 'integer',
  fromDriver: () => {
    throw new TypeError('A nano-dollar column is read with exactly(column).')
  },
})

/** A nano-dollar column in a select, with all its digits. */
export const exactly = (column: AnySQLiteColumn): SQL<bigint | null> =>
  sql<bigint | null>`cast(${column} as text)`.mapWith(BigInt)
