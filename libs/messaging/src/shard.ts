/** Shards of every outbox. Part of the stored rows: never change it. */
export const shards = 16;

/** Shard of an aggregate: FNV-1a of its id, stored with every row. */
export const shardOf = (aggregateId: string): number => {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(aggregateId, 'utf8')) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash % shards;
};

/** Id of a journal row: sorts by sequence inside an aggregate. */
export const rowId = (aggregateId: string, seq: number): string => `${aggregateId}:${String(seq).padStart(8, '0')}`;

/** Id of an event as others know it, unique per owner. */
export const eventId = (aggregateId: string, seq: number): string => `${aggregateId}:${seq}`;
