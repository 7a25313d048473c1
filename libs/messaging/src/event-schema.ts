import { TSchema } from '@sinclair/typebox';
import Ajv2020, { ValidateFunction } from 'ajv/dist/2020';
import addFormats from 'ajv-formats';
import { EventDefinition } from '#libs/contracts';

const ajv = new Ajv2020({ strict: false });
addFormats(ajv);

/** Fields that the contract does not name never leave: they have no class. */
const closed = (schema: unknown): unknown => {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== 'object' || schema === null) return schema;
  const copy = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, closed(value)]));
  return copy.type === 'object' && copy.properties ? { ...copy, additionalProperties: false } : copy;
};

const compiled = (shape: (schema: TSchema) => unknown) => {
  const byType = new Map<string, ValidateFunction>();
  return (definition: EventDefinition, data: unknown): string | undefined => {
    let check = byType.get(definition.type);
    if (!check) byType.set(definition.type, (check = ajv.compile(shape(definition.schema) as object)));
    if (check(data)) return undefined;
    // Place and keyword only: the value may be what must not be told.
    return (check.errors ?? []).map(({ instancePath, keyword }) => `${instancePath || '/'} ${keyword}`).join(', ');
  };
};

/** What is wrong with data on its way out, or undefined. Unknown fields are wrong. */
export const wrongOnTheWayOut = compiled(closed);

/** What is wrong with data on its way in, or undefined. Unknown fields come from a newer owner and are ignored. */
export const wrongOnTheWayIn = compiled((schema) => schema);
