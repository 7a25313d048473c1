/**
 * `npm run bench -- [name …] [--size N]`: figures of ours beside the bare engine's, one JSON line each. A bench is a built
 * file `<area>/bench/<name>.bench.js`; without a name all run, one after another, each in a process of its own.
 */
import { spawn } from 'node:child_process';
import { globSync } from 'node:fs';
import { basename, join } from 'node:path';
import { environmentOf, up } from './engines.mjs';
import { root } from './engines/places.mjs';

const args = process.argv.slice(2);
const at = args.indexOf('--size');
const size = at < 0 ? [] : args.splice(at, 2);

const files = new Map(
  globSync('{apps,libs,tools}/*/bench/*.bench.js', { cwd: join(root, 'dist') })
    .toSorted()
    .map((file) => [basename(file, '.bench.js'), join(root, 'dist', file)]),
);
const unknown = args.filter((name) => !files.has(name));
if (unknown.length || files.size === 0) {
  console.error(
    `no bench ${unknown.join(', ') || 'is built: npm run build'}; there are: ${[...files.keys()].join(', ')}`,
  );
  process.exit(2);
}

await up();
const env = { ...process.env, ...environmentOf('tests') };
const flags = ['--disable-warning=TimeoutNegativeWarning', '--enable-source-maps'];
for (const name of args.length ? args : files.keys()) {
  const child = spawn(process.execPath, [...flags, files.get(name), ...size], { stdio: 'inherit', env });
  const code = await new Promise((resolve) => child.once('exit', resolve));
  if (code !== 0) {
    console.error(`bench ${name} ended with ${code}`);
    process.exitCode = 1;
  }
}
