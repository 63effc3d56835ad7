// Jest reporter that leaves the totals of a run and the time of each test in the file AGENTICORE_JEST_TOTALS names, and
// ends a jest that does not end by itself: a test that failed may have left something that waits for ever.
import { writeFileSync } from 'node:fs';
import { relative } from 'node:path';

/** How long jest may go on after its last test (milliseconds). */
const EXIT_LIMIT_MS = 15_000;

export default class Totals {
  onRunComplete(_contexts, results) {
    // A file that could not be loaded has no tests to count, but it has failed.
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
    const skipped = results.numPendingTests + results.numTodoTests;
    const totals = { passed: results.numPassedTests, failed, skipped, times: timesOf(results) };
    writeFileSync(process.env.AGENTICORE_JEST_TOTALS, JSON.stringify(totals));
    setTimeout(() => {
      console.error(`A test left something that still runs ${EXIT_LIMIT_MS / 1_000} s after the last test: ended.`);
      process.exit(failed > 0 ? 1 : 0);
    }, EXIT_LIMIT_MS).unref();
  }
}

const timesOf = ({ testResults }) =>
  testResults.flatMap(({ testFilePath, testResults: tests }) =>
    tests.map(({ fullName, duration }) => ({
      name: `${relative(process.cwd(), testFilePath)}: ${fullName}`,
      ms: duration ?? 0,
    })),
  );
