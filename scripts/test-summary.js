// Prints the outcome of the last test run as one line, `N passed, N failed`, from vitest's JSON report. Fails
// where a test failed or none ran. Plain JavaScript, so that any Node can run it, also after a failed install.
import { readFileSync } from 'node:fs';

const path = process.argv[2] ?? '.tmp/test-report.json';
let report;
try {
  report = JSON.parse(readFileSync(path, 'utf8'));
} catch (error) {
  console.log(`no test report: ${error.message}`);
  report = { numPassedTests: 0, numFailedTests: 0, numPendingTests: 0, numTodoTests: 0, testResults: [] };
}
// A file that fails before its first test (a syntax error, a missing import) counts as one failure.
const broken = report.testResults.filter(
  (file) => file.status === 'failed' && !file.assertionResults.some((result) => result.status === 'failed'),
);
for (const file of broken) console.log(`failed as a whole: ${file.name}`);
const passed = report.numPassedTests;
const failed = report.numFailedTests + broken.length;
const skipped = report.numPendingTests + report.numTodoTests;
if (passed + failed === 0) console.log('no test ran');
console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
