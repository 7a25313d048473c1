import { EventDefinition, Owner, topicOf } from '#libs/contracts';
import { plain, Schema } from './schema';

/**
 * The events between services as an AsyncAPI 3.0 document: a channel per owner (its topic), a message per type, in the
 * binary mode of CloudEvents 1.0. Addresses of brokers are a deployment's and stand nowhere.
 */
export const asyncApiOf = (events: readonly EventDefinition[], sampleOf: (type: string) => unknown) => {
  const byOwner = [...Map.groupBy(events, ({ owner }) => owner)].toSorted(([a], [b]) => (a < b ? -1 : 1));
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Xueji events',
      version: '1',
      description:
        'What services of Xueji (学籍) tell each other. Kafka key: the aggregate. Order holds per aggregate, by `ce_seq`. ' +
        'Attributes are `public` or `coded` (x-class); nothing that says who a child is travels. ' +
        'Generated from libs/contracts by `npm run contracts`.',
    },
    defaultContentType: 'application/json',
    channels: Object.fromEntries(byOwner.map(([owner, own]) => [owner, channelOf(owner, own)])),
    operations: Object.fromEntries(
      byOwner.map(([owner]) => [
        `${owner}Tells`,
        { action: 'send', channel: ref('channels', owner), summary: `Events of ${owner}, from its outbox` },
      ]),
    ),
    components: {
      messages: Object.fromEntries(events.map((event) => [event.type, messageOf(event, sampleOf(event.type))])),
      messageTraits: { cloudEvent: { headers, bindings: { kafka: { key: keySchema } } } },
    },
  };
};

const ref = (...path: string[]) => ({ $ref: `#/${path.join('/')}` });

const channelOf = (owner: Owner, events: readonly EventDefinition[]) => ({
  address: topicOf(owner),
  messages: Object.fromEntries(events.map(({ type }) => [type, ref('components', 'messages', type)])),
});

const messageOf = ({ type, aggregate, schema }: EventDefinition, payload: unknown) => ({
  name: type,
  title: type.split('.').slice(2, -1).join('.'),
  summary: `Aggregate: ${aggregate}`,
  contentType: 'application/json',
  traits: [ref('components', 'messageTraits', 'cloudEvent')],
  payload: extended(plain(schema)),
  examples: [{ name: 'golden sample', payload }],
});

/** The class of an attribute as an extension, which AsyncAPI lets through. */
const extended = ({ class: travels, properties, items, ...rest }: Schema): object => ({
  ...rest,
  ...(properties && {
    properties: Object.fromEntries(Object.entries(properties).map(([name, one]) => [name, extended(one)])),
  }),
  ...(items && { items: extended(items) }),
  ...(travels && { 'x-class': travels }),
});

const keySchema = { type: 'string', description: 'Aggregate id' };
const text = (description: string) => ({ type: 'string', description });

const headers = {
  type: 'object',
  required: [
    'ce_specversion',
    'ce_id',
    'ce_type',
    'ce_source',
    'ce_time',
    'ce_subject',
    'ce_partitionkey',
    'ce_seq',
    'ce_effectiveon',
  ],
  properties: {
    ce_specversion: { type: 'string', const: '1.0' },
    ce_id: text('`<aggregate>:<seq>`, unique per source'),
    ce_type: text('Name of the message'),
    ce_source: text('Owner'),
    ce_time: { ...text('Business time of the recording'), format: 'date-time' },
    ce_subject: text('Aggregate id'),
    ce_partitionkey: text('Aggregate id'),
    ce_seq: text('1, 2, 3 … per aggregate'),
    ce_effectiveon: { ...text('Legal date of the fact, Asia/Shanghai'), format: 'date' },
    ce_caseid: text('Case in which the decision was taken'),
    ce_pack: text('Policy pack that judged'),
    ce_rules: text('Rules that decided, comma between'),
  },
};
