/**
 * `npm run demo [-- --once] [-- --json FILE]`: from a fresh clone to a running province that plays the main job. Engines
 * that this run started are stopped at its end. The run has databases of its own, each with one user, so that it begins
 * clean and meets no other.
 */
import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { inRun, writeJson } from './engines/places.mjs';
import { fresh, node, show } from './fresh.mjs';

for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => {});

const run = `test_${randomBytes(6).toString('hex')}`;
const runFile = inRun(`${run}.json`);
let started = [];
let opened = false;
let code = 1;
try {
  ({ started } = await fresh());
  const { environmentOf, openRun } = await import('./engines.mjs');
  opened = true;
  writeJson(runFile, { runId: run, mongoUrls: await openRun(run) }, 0o600);
  const flags = ['--enable-source-maps', '--disable-warning=TimeoutNegativeWarning'];
  code = await show(node, [...flags, 'dist/tools/demo/src/main.js', ...process.argv.slice(2)], {
    ...environmentOf('tests'),
    XUEJI_RUN_FILE: runFile,
  });
} catch (error) {
  console.error(error.message);
} finally {
  const { closeRun, down } = await import('./engines.mjs');
  if (opened) await closeRun(run).catch((error) => console.error(`users of this run are left: ${error.message}`));
  rmSync(runFile, { force: true });
  if (started.length) await down();
}
process.exitCode = code;
