// Adds up vitest's JSON reports: `ci-summary.mjs <failed steps> <report.json …>`. A step that failed
// without failing a test (a type error, a crash), a report that is missing or cut off, and a skipped
// test count as failures.
import { readFileSync } from 'node:fs'

const [, , failedSteps = '0', ...reports] = process.argv
let passed = 0
let failed = 0
for (const file of reports) {
  try {
    const report = JSON.parse(readFileSync(file, 'utf8'))
    passed += report.numPassedTests
    failed += report.numFailedTests + report.numPendingTests + report.numTodoTests
  } catch {
    failed += 1
  }
}
if (reports.length < 2 || passed === 0) failed += 1
failed = Math.max(failed, Number(failedSteps))
console.log(`${passed} passed, ${failed} failed`)
process.exit(failed === 0 ? 0 : 1)
