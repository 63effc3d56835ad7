// Jest reporter that leaves the totals of a run in the file AGENTICORE_JEST_TOTALS names, and ends a jest that does not
// end by itself: a test that failed may have left something waiting for ever.
import { writeFileSync } from 'node:fs';

/** How long jest may go on after its last test (milliseconds). */
const PATIENCE_MS = 15_000;

export default class Totals {
  onRunComplete(_contexts, results) {
    // A file that could not be loaded has no tests to count, but it has failed.
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
    const skipped = results.numPendingTests + results.numTodoTests;
    const totals = { passed: results.numPassedTests, failed, skipped };
    writeFileSync(process.env.AGENTICORE_JEST_TOTALS, JSON.stringify(totals));
    setTimeout(() => {
      console.error(`Something that a test left still runs ${PATIENCE_MS / 1_000} s after the last one: ended.`);
      process.exit(failed > 0 ? 1 : 0);
    }, PATIENCE_MS).unref();
  }
}
