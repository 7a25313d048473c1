import { FormatRegistry, Static, TObject, TProperties, TSchema, Type } from '@sinclair/typebox';

FormatRegistry.Set('date', (value) => /^\d{4}-\d{2}-\d{2}$/.test(value));
FormatRegistry.Set('date-time', (value) => !Number.isNaN(Date.parse(value)));

/** Services that may own events; the gateway owns none yet, it only hears. A topic is named after its owner. */
export const owners = ['registry', 'transfer', 'notify', 'attendance', 'archive', 'reports', 'gateway'] as const;
export type Owner = (typeof owners)[number];

export const topicOf = (owner: Owner): string => `xueji.${owner}.v1`;

/**
 * How far an attribute may travel. `public`: may stand on a notice board. `coded`: a code, an opaque id, a date that
 * names nobody. `sensitive` (names, numbers, phones, addresses, health, free text about a child) never stands in an
 * event; the contract suite fails on it and on a field without a class.
 */
export type FieldClass = 'public' | 'coded';

const classed = (field: FieldClass) => ({ class: field });

/** Field builders: every leaf of an event is made by one of these, so that it carries its class. */
export const field = {
  id: (description?: string) => Type.String({ minLength: 1, maxLength: 80, description, ...classed('coded') }),
  code: (description?: string) => Type.String({ minLength: 1, maxLength: 80, description, ...classed('coded') }),
  name: (description: string) => Type.String({ maxLength: 200, description, ...classed('public') }),
  date: (description?: string) => Type.String({ format: 'date', description, ...classed('coded') }),
  instant: (description?: string) => Type.String({ format: 'date-time', description, ...classed('coded') }),
  count: (description?: string) => Type.Integer({ minimum: 0, description, ...classed('coded') }),
  flag: (description?: string) => Type.Boolean({ description, ...classed('coded') }),
  oneOf: <T extends string>(values: readonly T[], description?: string) =>
    Type.Unsafe<T>({ type: 'string', enum: [...values], description, ...classed('coded') }),
  list: <T extends TSchema>(items: T, description?: string) => Type.Array(items, { description }),
  optional: <T extends TSchema>(schema: T) => Type.Optional(schema),
  object: Type.Object,
};

export interface EventDefinition<T extends string = string, D = unknown> {
  /** CloudEvents type, e.g. `cn.xueji.registry.student-entered.v1`. */
  type: T;
  owner: Owner;
  /** What the aggregate id names: `student`, `case`, `class` … */
  aggregate: string;
  schema: TSchema;
  /** Never set: carries the type of the data. */
  readonly __data?: D;
}

export const defineEvent = <const T extends string, P extends TProperties>(
  owner: Owner,
  aggregate: string,
  type: T,
  properties: P,
): EventDefinition<T, Static<TObject<P>>> => ({ type, owner, aggregate, schema: Type.Object(properties) });

export type DataOf<E extends EventDefinition> = NonNullable<E['__data']>;

/** What led to a decision that an event reports. */
export interface Grounds {
  /** Case in which the decision was taken. */
  caseId?: string;
  /** Pack that judged. */
  pack?: string;
  /** Catalogue ids of the rules that decided. */
  rules?: string[];
}

/** An event as the owner's domain states it, before it has a place in the journal. */
export interface NewEvent<E extends EventDefinition = EventDefinition> extends Grounds {
  definition: E;
  /** Opaque id of the aggregate; the Kafka key. */
  aggregateId: string;
  /** 1, 2, 3 … without gap per aggregate; equals the aggregate's version after this event. */
  seq: number;
  /** Legal date of the fact (Asia/Shanghai). */
  effectiveOn: string;
  /** Business time of the recording. */
  recordedAt: Date;
  data: DataOf<E>;
}

/** An event as it arrives elsewhere. Its id is its place in the history of its aggregate. */
export interface ReceivedEvent<E extends EventDefinition = EventDefinition> extends Grounds {
  /** `<aggregateId>:<seq>`, unique per source. */
  id: string;
  type: E['type'];
  source: Owner;
  aggregateId: string;
  seq: number;
  effectiveOn: string;
  recordedAt: Date;
  data: DataOf<E>;
}
