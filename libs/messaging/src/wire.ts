import { KafkaMessage, Message } from 'kafkajs';
import { definitionOf, Owner, ReceivedEvent } from '#libs/contracts';
import { wrongOnTheWayIn } from './event-schema';
import { Fault } from './faults';
import { eventId } from './shard';
import { OutboxRow } from './store';

/** An event as the owner's journal tells it over HTTP. `position` is null until it was published. */
export interface JournalEntry extends Omit<ReceivedEvent, 'recordedAt' | 'id'> {
  recordedAt: string;
  position: number | null;
}

/** One event on its way into the inbox, from the log or from a journal. */
export interface Arrival {
  source: Owner;
  aggregateId: string;
  /** 0 when the message could not be read at all. */
  seq: number;
  type: string;
  /** Absent when `fault` is there. */
  event?: ReceivedEvent;
  fault?: Fault;
}

/** CloudEvents 1.0, binary mode: attributes are headers, the body is the data. */
export const messageOf = (source: Owner, row: OutboxRow): Message => ({
  key: row.aggregateId,
  value: JSON.stringify(row.data),
  headers: {
    'content-type': 'application/json',
    ce_specversion: '1.0',
    ce_id: eventId(row.aggregateId, row.seq),
    ce_type: row.type,
    ce_source: source,
    ce_time: row.recordedAt.toISOString(),
    ce_subject: row.aggregateId,
    ce_partitionkey: row.aggregateId,
    ce_seq: String(row.seq),
    ce_effectiveon: row.effectiveOn,
    ...(row.caseId !== undefined && { ce_caseid: row.caseId }),
    ...(row.pack !== undefined && { ce_pack: row.pack }),
    ...(row.rules !== undefined && { ce_rules: row.rules.join(',') }),
  },
});

export const entryOf = (source: Owner, row: OutboxRow): JournalEntry => ({
  type: row.type,
  source,
  aggregateId: row.aggregateId,
  seq: row.seq,
  effectiveOn: row.effectiveOn,
  recordedAt: row.recordedAt.toISOString(),
  ...(row.caseId !== undefined && { caseId: row.caseId }),
  ...(row.pack !== undefined && { pack: row.pack }),
  ...(row.rules !== undefined && { rules: row.rules }),
  data: row.data as object,
  position: row.position,
});

const header = (message: KafkaMessage, name: string): string | undefined => {
  const value = message.headers?.[name];
  return value === undefined ? undefined : String(value);
};

/** Reads a message of an owner's topic. Never throws: what cannot be read becomes an arrival with a fault. */
export const arrivalFromMessage = (source: Owner, message: KafkaMessage, partition: number): Arrival => {
  const aggregateId = header(message, 'ce_subject') ?? message.key?.toString();
  const rules = header(message, 'ce_rules');
  let data: unknown;
  try {
    data = JSON.parse(message.value?.toString() ?? '');
  } catch {
    // Data stays undefined, which no schema accepts.
  }
  return arrivalFromEntry(source, {
    // Without any key the place on the log is the only name there is.
    aggregateId: aggregateId || `?/${partition}/${message.offset}`,
    source: header(message, 'ce_source') as Owner,
    type: header(message, 'ce_type') ?? '',
    seq: Number(header(message, 'ce_seq') ?? 0),
    effectiveOn: header(message, 'ce_effectiveon') ?? '',
    recordedAt: header(message, 'ce_time') ?? '',
    caseId: header(message, 'ce_caseid'),
    pack: header(message, 'ce_pack'),
    rules: rules === undefined ? undefined : rules.split(',').filter(Boolean),
    data: data as object,
  });
};

export const arrivalFromEntry = (source: Owner, entry: Omit<JournalEntry, 'position'>): Arrival => {
  const { aggregateId, type } = entry;
  const readable = Number.isSafeInteger(entry.seq) && entry.seq > 0;
  const seq = readable ? entry.seq : 0;
  const faulty = (kind: string, detail: string): Arrival => ({
    source,
    aggregateId,
    seq,
    type,
    fault: { kind, detail },
  });
  if (!readable || !type || entry.source !== source) return faulty('unreadable', 'attributes are missing or foreign');
  const recordedAt = new Date(entry.recordedAt);
  if (Number.isNaN(recordedAt.getTime())) return faulty('unreadable', 'time is missing or malformed');
  const definition = definitionOf(type);
  if (!definition) return faulty('unknown-type', type);
  const wrong = wrongOnTheWayIn(definition, entry.data);
  if (wrong) return faulty('schema', `${type}: ${wrong}`);
  const { effectiveOn, caseId, pack, rules, data } = entry;
  return {
    source,
    aggregateId,
    seq,
    type,
    event: {
      id: eventId(aggregateId, seq),
      type,
      source,
      aggregateId,
      seq,
      effectiveOn,
      recordedAt,
      caseId,
      pack,
      rules,
      data,
    },
  };
};
