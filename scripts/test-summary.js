// Prints each failed test with its message, and the outcome of the last test runs as one line, `N passed, N failed`, from
// vitest's JSON reports: those named, by default that of `npm test`. Fails where a test failed, or where a report is missing or has no test. Plain
// JavaScript, so that any Node can run it, also after a failed install.
import { readFileSync } from 'node:fs';

const paths = process.argv.slice(2);
if (paths.length === 0) paths.push('.tmp/test-report.json');

/** Lines of a message that are shown: a reader sees the end of a long log first, and often nothing else of it. */
const LINES = 12;

/** @param {string} name of a test or a file @param {string | undefined} message */
function show(name, message) {
  console.log(`failed: ${name}`);
  for (const line of (message ?? '').split('\n').slice(0, LINES)) console.log(`    ${line}`);
}

let [passed, failed, skipped, missing] = [0, 0, 0, 0];
for (const path of paths) {
  let report;
  try {
    report = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    console.log(`no test report: ${error.message}`);
    missing++;
    continue;
  }
  // A file that fails before its first test (a syntax error, a missing import) counts as one failure.
  const broken = report.testResults.filter(
    (file) => file.status === 'failed' && !file.assertionResults.some((result) => result.status === 'failed'),
  );
  for (const file of broken) show(file.name, file.message);
  for (const file of report.testResults) {
    for (const test of file.assertionResults) {
      if (test.status === 'failed') show(`${file.name}: ${test.fullName}`, test.failureMessages[0]);
    }
  }
  if (report.numPassedTests + report.numFailedTests + broken.length === 0) {
    console.log(`no test ran: ${path}`);
    missing++;
  }
  passed += report.numPassedTests;
  failed += report.numFailedTests + broken.length;
  skipped += report.numPendingTests + report.numTodoTests;
}
console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
process.exitCode = failed > 0 || missing > 0 ? 1 : 0;
