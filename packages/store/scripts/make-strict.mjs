// drizzle-kit cannot write STRICT tables, and SQLite cannot make a table STRICT later. So `npm run generate`
// runs this over what drizzle-kit wrote: every CREATE TABLE ends in `) STRICT;`. The files are otherwise left
// as generated, and a test asks the database itself whether each table is STRICT, should this ever be skipped.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'

const folder = new URL('../migrations/sqlite/', import.meta.url)
for (const name of readdirSync(folder).filter((file) => file.endsWith('.sql'))) {
  const file = new URL(name, folder)
  writeFileSync(file, readFileSync(file, 'utf8').replace(/^\);$/gm, ') STRICT;'))
}
