/**
 * `npm run demo [-- --once] [-- --json FILE]`: from a fresh clone to a running province that plays the main job. Engines
 * that this run started are stopped at its end.
 */
import { fresh, node, show } from './fresh.mjs';

for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => {});

let started = [];
let code = 1;
try {
  ({ started } = await fresh());
  const { environmentOf } = await import('./engines.mjs');
  const flags = ['--enable-source-maps', '--disable-warning=TimeoutNegativeWarning'];
  code = await show(node, [...flags, 'dist/tools/demo/src/main.js', ...process.argv.slice(2)], environmentOf('tests'));
} catch (error) {
  console.error(error.message);
} finally {
  if (started.length) await (await import('./engines.mjs')).down();
}
process.exitCode = code;
