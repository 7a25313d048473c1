import Ajv from 'ajv';
import addFormats from 'ajv-formats';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { allEvents } from './all-events';

interface Node {
  type?: string;
  properties?: Record<string, Node>;
  items?: Node;
  class?: string;
  required?: string[];
}

const leaves = (node: Node, path: string): [string, Node][] => {
  if (node.properties) return Object.entries(node.properties).flatMap(([name, one]) => leaves(one, `${path}.${name}`));
  if (node.items) return leaves(node.items, `${path}[]`);
  return [[path, node]];
};

const samples = join(__dirname, '..', 'samples');
const sampleOf = (type: string): string => join(samples, `${type}.json`);

const ajv = addFormats(new Ajv({ strict: false, allErrors: true }));

describe('events between services', () => {
  it('each has a type of its own', () => {
    expect(new Set(allEvents.map(({ type }) => type)).size).toBe(allEvents.length);
  });

  it.each(allEvents.map((definition) => [definition.type, definition] as const))(
    '%s classifies every attribute as public or coded',
    (type, definition) => {
      const unclassified = leaves(definition.schema as Node, type)
        .filter(([, leaf]) => leaf.class !== 'public' && leaf.class !== 'coded')
        .map(([path]) => path);
      expect(unclassified).toEqual([]);
    },
  );

  it.each(allEvents.map((definition) => [definition.type, definition] as const))(
    '%s still reads its golden sample',
    (type, definition) => {
      expect(existsSync(sampleOf(type))).toBe(true);
      const sample: unknown = JSON.parse(readFileSync(sampleOf(type), 'utf8'));
      const validate = ajv.compile(definition.schema);
      expect(validate(sample) ? [] : validate.errors).toEqual([]);
    },
  );

  it('a field without a class is found', () => {
    const planted: Node = { properties: { name: { type: 'string' } } };
    expect(leaves(planted, 'x').filter(([, leaf]) => !leaf.class)).toHaveLength(1);
  });
});
