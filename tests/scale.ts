/**
 * How much the long tests do: `quick` in `npm test`, `full` with `HUB_TEST_SCALE=full` in `npm run test:full`.
 * The laws they prove are the same.
 */
const quick = {
  /** Times a process is ended with SIGKILL. */
  kills: 25,
  ledgerOperations: 20_000,
  grantOrders: 2_000,
  /** Calls racing for one balance, and how many such races. */
  overspendCalls: 300,
  overspendRaces: 3,
  malformedBodies: 2_000,
  pathVariants: 5_000,
  /** Callers who hang up in the middle of an answer. */
  hangUps: 200,
  cacheProbes: 20_000,
  healthSequences: 2_000,
}

const full: typeof quick = {
  kills: 1_000,
  ledgerOperations: 1_000_000,
  grantOrders: 100_000,
  overspendCalls: 1_000,
  overspendRaces: 100,
  malformedBodies: 100_000,
  pathVariants: 100_000,
  hangUps: 10_000,
  cacheProbes: 1_000_000,
  healthSequences: 100_000,
}

export const scale = process.env.HUB_TEST_SCALE === 'full' ? full : quick
