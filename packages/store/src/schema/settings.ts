import { check, instant, string, table } from '../columns/sqlite.ts'
import { sql } from '../drizzle.ts'

/** What the installation remembers of itself. Belongs to no account. */
export const settings = table(
  'settings',
  {
    key: string('key').primaryKey(),
    /** JSON text, so that `null` is a value like any other. */
    value: string('value').notNull(),
    updatedAt: instant('updated_at').notNull(),
  },
  () => [check('settings_value', sql`json_valid(value)`)],
)
