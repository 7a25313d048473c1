/** `npm run faults [-- F1 F5 …]`: the fault suite on real processes, each fault with its negative control. */
import { fresh, node, show } from './fresh.mjs';

const wanted = process.argv.slice(2).filter((name) => /^F\d+$/.test(name));
const { started } = await fresh();
const flags = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'];
const name = wanted.length ? `^(${wanted.join('|')}):` : '^F\\d+:';
try {
  process.exitCode = await show(node, [...flags, 'node_modules/jest/bin/jest.js', '--verbose', '-t', name]);
} finally {
  if (started.length) await (await import('./engines.mjs')).down();
}
