/**
 * `npm test [-- jest arguments]`: from a fresh clone to the last line `N passed, N failed`. Engines that this run started
 * are stopped at its end; engines that were up stay up.
 */
import { mkdirSync, rmSync } from 'node:fs';
import { fresh, node, show, step } from './fresh.mjs';
import { inRun, readJson } from './engines/places.mjs';

const resultFile = inRun('test-result.json');
const flags = [
  '--experimental-vm-modules',
  '--disable-warning=ExperimentalWarning',
  '--disable-warning=TimeoutNegativeWarning',
];

// A stop by hand is passed on to jest; this process stays to clean up behind it.
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => (process.exitCode = 130));

let started = [];
let counts = { passed: 0, failed: 1, skipped: [] };
try {
  ({ started } = await fresh());
  if (started.length === 3) await clean();
  counts = await runTests(process.argv.slice(2));
} catch (error) {
  console.error(error.message);
} finally {
  if (started.length) await step('stopped', async () => (await import('./engines.mjs')).down());
}
for (const name of counts.skipped) console.log(`skipped: ${name}`);
const skipped = counts.skipped.length ? `, ${counts.skipped.length} skipped` : '';
console.log(`${counts.passed} passed, ${counts.failed} failed${skipped}`);
if (counts.failed > 0) process.exitCode ||= 1;

/** Engines that were all down until now serve nobody else. */
async function clean() {
  const [{ environmentOf, closeRun }, { sweep }] = [await import('./engines.mjs'), await import('./engines/sweep.mjs')];
  await Promise.all([sweep(environmentOf('tests')), closeRun('test')]);
}

async function runTests(args) {
  mkdirSync(inRun(), { recursive: true });
  rmSync(resultFile, { force: true });
  const jest = ['node_modules/jest/bin/jest.js', '--json', `--outputFile=${resultFile}`, ...args];
  const code = await show(node, [...flags, ...jest]);
  const result = readJson(resultFile, undefined);
  if (!result) throw new Error(`jest ended with ${code} and without a result`);
  const tests = result.testResults.flatMap((file) => file.assertionResults);
  const of = (status) => tests.filter((test) => test.status === status);
  // A file that could not be loaded has no tests to fail, and is a failure all the same; so is anything jest calls one.
  const failed = of('failed').length + result.numRuntimeErrorTestSuites;
  return {
    passed: of('passed').length,
    failed: failed || (code === 0 ? 0 : 1),
    skipped: [...of('pending'), ...of('todo')].map((test) => test.fullName),
  };
}
