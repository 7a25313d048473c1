/** `npm run ops -- COMMAND`: operator's commands against a running system, over HTTP alone; without COMMAND it says which. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './engines/places.mjs';
import { node, show } from './fresh.mjs';

const program = 'dist/tools/ops/src/main.js';
if (existsSync(join(root, program))) process.exitCode = await show(node, [program, ...process.argv.slice(2)]);
else {
  console.error(`${program} is not built: npm run build`);
  process.exitCode = 2;
}
