// Jest reporter that leaves the totals of a run in the file AGENTICORE_JEST_TOTALS names.
import { writeFileSync } from 'node:fs';

export default class Totals {
  onRunComplete(_contexts, results) {
    writeFileSync(
      process.env.AGENTICORE_JEST_TOTALS,
      JSON.stringify({
        passed: results.numPassedTests,
        // A file that could not be loaded has no tests to count, but it has failed.
        failed: results.numFailedTests + results.numRuntimeErrorTestSuites,
        skipped: results.numPendingTests + results.numTodoTests,
      }),
    );
  }
}
