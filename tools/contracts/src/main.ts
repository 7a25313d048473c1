import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { allEvents } from '#libs/contracts';
import { asyncApiOf } from './async-api';
import { Published } from './published';

/** `npm run contracts`: notes new versions of events and writes docs/asyncapi.json; refuses what older readers or data break on. */
const root = process.cwd();
const published = new Published(join(root, 'libs/contracts/published'), join(root, 'libs/contracts/samples'));

const faults = allEvents.flatMap((event) => published.faultsOf(event));
if (faults.length) {
  console.error(faults.join('\n'));
  console.error('\nNothing was written. A type gains optional attributes only; anything else is a new type (…v2).');
  console.error('A version that no release has carried may be forgotten: delete its file in libs/contracts/published.');
  process.exitCode = 1;
} else {
  const added = allEvents.filter((event) => !published.isCurrent(event));
  for (const event of added) published.add(event);
  const file = join(root, 'docs/asyncapi.json');
  const text = `${JSON.stringify(
    asyncApiOf(allEvents, (type) => published.sampleOf(type)),
    null,
    2,
  )}\n`;
  const isNew = text !== textOf(file);
  if (isNew) writeFileSync(file, text);
  for (const { type } of added) console.log(`${type}: version ${published.versions(type).length}`);
  console.log(
    `${allEvents.length} events, ${added.length} new versions; docs/asyncapi.json ${isNew ? 'written' : 'is current'}`,
  );
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
