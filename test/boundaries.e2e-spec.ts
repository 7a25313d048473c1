import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { root } from '#libs/testing';

/** One file per planted violation, with the rule that must name it. */
const planted: { rule: string; file: string; text: string }[] = [
  {
    rule: 'domain-without-framework',
    file: 'apps/one/src/student.ts',
    text: `import { ClientSession } from 'mongoose';\nexport type A = ClientSession;`,
  },
  {
    rule: 'domain-does-not-call-up',
    file: 'apps/one/src/standing.ts',
    text: `import { Store } from './student.repository';\nexport type A = Store;`,
  },
  {
    rule: 'domain-does-not-call-up',
    file: 'apps/one/src/seat.ts',
    text: `import { KeepSeat } from './keep-seat';\nexport type A = KeepSeat;`,
  },
  { rule: 'pure-libs-without-framework', file: 'libs/policy/src/pack.ts', text: `export * from '@nestjs/common';` },
  { rule: 'pure-libs-stay-among-themselves', file: 'libs/review/src/plan.ts', text: `export * from '#libs/access';` },
  { rule: 'apps-import-no-app', file: 'apps/one/src/other.client.ts', text: `export * from '../../two/src/thing';` },
  {
    rule: 'libs-and-tools-import-no-app',
    file: 'libs/access/src/up.ts',
    text: `export * from '../../../apps/two/src/thing';`,
  },
  {
    rule: 'libs-are-entered-by-their-index',
    file: 'apps/one/src/deep.client.ts',
    text: `export * from '../../../libs/access/src/inner';`,
  },
  { rule: 'one-user-of-the-kafka-client', file: 'apps/one/src/thing.consumer.ts', text: `export * from 'kafkajs';` },
  { rule: 'one-user-of-the-kafka-client', file: 'apps/one/src/thing.int-spec.ts', text: `export * from 'kafkajs';` },
  {
    rule: 'bullmq-for-alarms-and-the-dashboard',
    file: 'apps/one/src/thing.processor.ts',
    text: `export * from 'bullmq';`,
  },
  { rule: 'testing-is-for-tests', file: 'apps/one/src/clock.client.ts', text: `export * from '#libs/testing';` },
  {
    rule: 'the-verifier-stands-alone',
    file: 'tools/verify-copy/a.mjs',
    text: `export { x } from '../ministry/src/b.js';`,
  },
  { rule: 'the-verifier-stands-alone', file: 'tools/verify-copy/c.mjs', text: `export * from 'pino';` },
  { rule: 'pure-libs-stay-among-themselves', file: 'libs/proofs/src/up.ts', text: `export * from '#libs/access';` },
  { rule: 'nothing-unresolved', file: 'apps/one/src/lost.client.ts', text: `export * from './nowhere';` },
  { rule: 'no-cycles', file: 'apps/one/src/left.ts', text: `export * from './right';` },
];

/** Files that break nothing, though they come close. */
const lawful: Record<string, string> = {
  'apps/one/src/student.repository.ts': `import { Model } from 'mongoose';\nexport type Store = Model<unknown>;`,
  'apps/one/src/keep-seat.ts': `import { Injectable } from '@nestjs/common';\n@Injectable()\nexport class KeepSeat {}`,
  'apps/one/src/right.ts': `export * from './left';`,
  'apps/one/src/lawful.ts': `import { y } from '#libs/access';\nexport const x = y;`,
  'apps/one/src/lawful.spec.ts': `import '@nestjs/testing';\nimport { z } from '#libs/testing';\nexport const x = z;`,
  'apps/two/src/thing.ts': `export const x = 1;`,
  'apps/gateway/src/dashboard.module.ts': `export * from 'bullmq';`,
  'libs/access/src/index.ts': `export * from './inner';`,
  'libs/access/src/inner.ts': `export const y = 1;`,
  'libs/testing/src/index.ts': `export * from 'kafkajs';\nexport const z = 1;`,
  'libs/testing/src/crash-points/without-y.ts': `export * from '../../../access/src/inner';`,
  'libs/messaging/src/kafka.ts': `export * from 'kafkajs';`,
  'libs/deadlines/src/alarms.ts': `export * from 'bullmq';`,
  'tools/ministry/src/b.js': `export const x = 1;`,
  'tools/verify-copy/lawful.mjs': `export * from 'node:zlib';`,
  'tools/ministry/src/main.ts': `export * from '#libs/testing';`,
};

interface Report {
  summary: { violations: { from: string; rule: { name: string } }[] };
}

const boundariesOf = (folder: string): string[] => {
  const cruise = join(root, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
  const args = ['--config', join(root, '.dependency-cruiser.cjs'), '--output-type', 'json', 'apps', 'libs', 'tools'];
  const run = spawnSync(process.execPath, [cruise, ...args], { cwd: folder, encoding: 'utf8', maxBuffer: 2 ** 26 });
  if (!run.stdout) throw new Error(run.stderr);
  const { violations } = (JSON.parse(run.stdout) as Report).summary;
  return violations.map(({ from, rule }) => `${rule.name}: ${from}`).sort();
};

describe('the boundaries', () => {
  const folder = mkdtempSync(join(tmpdir(), 'boundaries-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  it('find every planted violation and nothing else', () => {
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
    copyFileSync(join(root, 'package.json'), join(folder, 'package.json'));
    const files = { ...lawful, ...Object.fromEntries(planted.map(({ file, text }) => [file, text])) };
    for (const [file, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      writeFileSync(join(folder, file), `${text}\n`);
    }
    const expected = planted.map(({ rule, file }) => `${rule}: ${file}`);
    expect(boundariesOf(folder)).toEqual([...expected].sort());
  }, 60_000);
});
