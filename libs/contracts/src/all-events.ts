import * as archive from './archive';
import * as attendance from './attendance';
import * as closing from './closing';
import { EventDefinition } from './event';
import * as parts from './parts';
import * as placement from './placement';
import * as registry from './registry';
import * as transfer from './transfer';

/** Every event that travels. */
export const allEvents: readonly EventDefinition[] = [
  ...Object.values(registry),
  ...Object.values(transfer),
  ...Object.values(placement),
  ...Object.values(closing),
  ...Object.values(attendance),
  ...Object.values(archive),
  ...Object.values(parts),
];

const byType = new Map(allEvents.map((definition) => [definition.type, definition]));

/** The definition of a CloudEvents type, or undefined when this build does not know it. */
export const definitionOf = (type: string): EventDefinition | undefined => byType.get(type);
