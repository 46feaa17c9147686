/**
 * How much the long tests do: `quick` in `npm test`, `full` with `HUB_TEST_SCALE=full` in `npm run test:full`.
 * The laws they prove are the same.
 */
const quick = {
  /** Times a process is ended with SIGKILL. */
  kills: 25,
  malformedBodies: 2_000,
  /** Callers who hang up in the middle of an answer. */
  hangUps: 200,
}

const full: typeof quick = { kills: 1_000, malformedBodies: 100_000, hangUps: 10_000 }

export const scale = process.env.HUB_TEST_SCALE === 'full' ? full : quick
