/**
 * Preload for the transfer service: the registry's answer about the student named in the file `XUEJI_POISON_FILE` cannot be
 * applied, as a fault in a handler would have it. Without the preload the same event applies.
 */
import { readFileSync } from 'node:fs';
import { built } from '../places';

type Hear = (this: unknown, event: { aggregateId: string }, ...rest: unknown[]) => unknown;

// eslint-disable-next-line @typescript-eslint/no-require-imports -- a preload reaches into a built program, which it must not import
const program = require(built('apps/transfer/src/transfer/hear-registry.ts')) as Record<
  string,
  { prototype: { held: Hear } }
>;
const [hearing] = Object.values(program).filter((one) => typeof one?.prototype?.held === 'function');
if (!hearing) throw new Error('nothing hears the registry: which method shall be poisoned?');
const held = hearing.prototype.held;
hearing.prototype.held = function (event, ...rest) {
  const file = process.env.XUEJI_POISON_FILE;
  if (file && readFileSync(file, 'utf8').includes(event.aggregateId)) throw new TypeError('a fault in the handler');
  return held.call(this, event, ...rest);
};
