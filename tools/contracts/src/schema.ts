/** The part of JSON Schema 2020-12 that events are written in. */
export interface Schema {
  type?: string;
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  enum?: string[];
  format?: string;
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  description?: string;
  /** How far the attribute may travel. */
  class?: string;
}

/** Words that this tool can compare. Another one must be taught here before an event may use it. */
const known = [
  'type',
  'properties',
  'required',
  'items',
  'enum',
  'format',
  'minLength',
  'maxLength',
  'minimum',
  'maximum',
  'description',
  'class',
];

/** As it stands in a file: without symbols and `undefined`. @throws Error on a word that nobody could compare */
export const plain = (schema: object): Schema => {
  const copy = JSON.parse(JSON.stringify(schema)) as Schema;
  check(copy, '');
  return copy;
};

const check = (schema: Schema, path: string): void => {
  const strange = Object.keys(schema).filter((word) => !known.includes(word));
  if (strange.length) throw new Error(`${path || 'schema'}: ${strange.join(', ')} cannot be compared between versions`);
  for (const [name, one] of Object.entries(schema.properties ?? {})) check(one, `${path}.${name}`);
  if (schema.items) check(schema.items, `${path}[]`);
};
