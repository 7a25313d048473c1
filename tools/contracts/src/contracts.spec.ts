import Ajv from 'ajv';
import Ajv2020 from 'ajv/dist/2020';
import addFormats from 'ajv-formats';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { allEvents, defineEvent, EventDefinition, field } from '#libs/contracts';
import { root } from '#libs/testing';
import { asyncApiOf } from './async-api';
import { incompatibilities } from './compatible';
import { Published } from './published';
import { plain } from './schema';

const published = new Published(join(root, 'libs/contracts/published'), join(root, 'libs/contracts/samples'));
const sampleOf = (type: string) => published.sampleOf(type);
const ajv = addFormats(new Ajv2020({ strict: false, allErrors: true }));
const faultsIn = (schema: object, data: unknown) => {
  const validate = ajv.compile(schema);
  return validate(data) ? [] : validate.errors;
};

describe('versions of events', () => {
  const named = allEvents.map((event) => [event.type, event] as const);

  it.each(named)('%s: its newest version is noted; if not, run `npm run contracts`', (_, event) => {
    expect(published.isCurrent(event)).toBe(true);
  });

  it.each(named)('%s breaks no version ever published, and none breaks it', (type, event) => {
    expect(published.faultsOf(event)).toEqual([]);
    for (const former of published.versions(type)) {
      // Old data, new reader; new data, old reader.
      expect(faultsIn(plain(event.schema), former.sample)).toEqual([]);
      expect(faultsIn(former.schema, sampleOf(type))).toEqual([]);
    }
  });

  it('no type that was ever published is gone', () => {
    const types = allEvents.map(({ type }) => type as string);
    expect(published.types().filter((type) => !types.includes(type))).toEqual([]);
  });
});

describe('a change of an event', () => {
  const event = (properties: Parameters<typeof defineEvent>[3]) =>
    plain(defineEvent('registry', 'x', 'x', properties).schema);
  const before = event({
    id: field.id(),
    stage: field.oneOf(['primary', 'junior']),
    note: field.optional(field.code()),
  });
  const becomes = (properties: Parameters<typeof defineEvent>[3]) =>
    incompatibilities(
      before,
      event({
        id: field.id(),
        stage: field.oneOf(['primary', 'junior']),
        note: field.optional(field.code()),
        ...properties,
      }),
    );
  const without = (name: string): object => {
    const { [name]: _gone, ...properties } = before.properties!;
    return { ...before, properties, required: before.required!.filter((one) => one !== name) };
  };

  it('is free while it adds what may be missing, or other words for people', () => {
    expect(becomes({ more: field.optional(field.date()) })).toEqual([]);
    expect(becomes({ id: field.id('in other words') })).toEqual([]);
    expect(incompatibilities(before, without('note'))).toEqual([]);
  });

  it.each([
    ['a new required attribute', becomes({ more: field.code() }), '.more: new and required; older data lack it'],
    [
      'an optional one that is required now',
      becomes({ note: field.code() }),
      '.note: optional before and required now; older data lack it',
    ],
    [
      'a required one that is optional now',
      becomes({ id: field.optional(field.id()) }),
      '.id: required before and optional now; older readers miss it',
    ],
    [
      'a required one that is gone',
      incompatibilities(before, without('id')),
      '.id: required before and gone; older readers miss it',
    ],
    ['another type', becomes({ note: field.optional(field.count()) }), '.note: string became integer'],
    [
      'a value that is gone',
      becomes({ stage: field.oneOf(['primary']) }),
      '.stage: value junior is gone; older data hold it',
    ],
    [
      'a new value',
      becomes({ stage: field.oneOf(['primary', 'junior', 'senior']) }),
      '.stage: value senior is new; older readers refuse it',
    ],
    ['another limit', becomes({ note: field.optional(field.date()) }), '.note: format undefined became date'],
    [
      'a list of something else',
      incompatibilities(event({ all: field.list(field.id()) }), event({ all: field.list(field.flag()) })),
      '.all[]: string became boolean',
    ],
    [
      'a fault deep inside',
      incompatibilities(
        event({ to: field.object({ a: field.id() }) }),
        event({ to: field.object({ a: field.id(), b: field.id() }) }),
      ),
      '.to.b: new and required; older data lack it',
    ],
  ])('is refused for %s', (_, faults, expected) => {
    expect(faults).toContain(expected);
  });

  it('is compared with every version, not with the last alone', () => {
    const folder = mkdtempSync(join(tmpdir(), 'published-'));
    const own = new Published(folder, folder);
    const type = 'cn.xueji.registry.x.v1';
    const versionOf = (properties: Parameters<typeof defineEvent>[3]): EventDefinition =>
      defineEvent('registry', 'x', type, properties);
    writeFileSync(join(folder, `${type}.json`), JSON.stringify({ versions: [] }));
    const samples = { sampleOf: () => ({ id: 'a' }) };
    Object.assign(own, samples);
    own.add(versionOf({ id: field.id(), more: field.optional(field.code()) }));
    own.add(versionOf({ id: field.id() }));
    expect(own.faultsOf(versionOf({ id: field.id(), more: field.optional(field.count()) }))).toEqual([
      `${type} against version 1: .more: string became integer`,
    ]);
    rmSync(folder, { recursive: true });
  });

  it('with a word that nobody could compare is refused at once', () => {
    expect(() => plain({ type: 'object', properties: { a: { type: 'string', pattern: 'x' } } })).toThrow('.a: pattern');
  });
});

describe('docs/asyncapi.json', () => {
  const text = readFileSync(join(root, 'docs/asyncapi.json'), 'utf8');

  it('is what the contracts say; if not, run `npm run contracts`', () => {
    expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(asyncApiOf(allEvents, sampleOf))));
  });

  it('is an AsyncAPI 3.0 document', () => {
    const schema = JSON.parse(readFileSync(require.resolve('@asyncapi/specs/schemas/3.0.0.json'), 'utf8')) as object;
    const validate = addFormats(
      new Ajv({ strict: false, allErrors: true, meta: false, validateSchema: false }),
    ).compile(schema);
    const document = JSON.parse(text) as { channels: Record<string, { address?: unknown }> };
    expect(validate(document) ? [] : validate.errors).toEqual([]);
    document.channels.registry.address = 5;
    expect(validate(document)).toBe(false);
  });

  it('names in every reference something that is there', () => {
    const document = JSON.parse(text) as unknown;
    const refs = [...text.matchAll(/"\$ref": "#\/([^"]+)"/g)].map(([, path]) => path.split('/'));
    expect(refs.length).toBeGreaterThan(allEvents.length);
    for (const path of refs) {
      const target = path.reduce<unknown>(
        (node, part) => (node as Record<string, unknown> | undefined)?.[part],
        document,
      );
      expect([path, typeof target]).toEqual([path, 'object']);
    }
  });
});
