import { Connection, mongo } from 'mongoose';

type Row = mongo.Document & { _id: string };

/** Documents by collection, as a collection left them in the store. */
type Written = Record<string, Row[]>;

const written = ['collections', 'commands', 'students', 'claims', 'outbox', 'audit', 'collection_bad_rows'] as const;
const files = ['files.files', 'files.chunks'] as const;

/**
 * The floor of an import: everything that one left in the store, written again by insertMany into collections with the
 * same indexes under the same write concern, and the seats of its classes by one bulkWrite.
 */
export class RawCopy {
  private seats: { class: string; taken: number }[] = [];
  private rows: Written = {};

  private constructor(private readonly connection: Connection) {}

  /** After the first import: until then some collections do not exist. */
  static async open(connection: Connection): Promise<RawCopy> {
    for (const name of [...written, ...files, 'classes']) {
      const copy = await connection.createCollection(`raw_${name}`);
      const indexes = await connection.collection(name).indexes();
      const own = indexes.filter((index) => index.name !== '_id_').map(({ v: _v, ...index }) => index);
      if (own.length) await copy.createIndexes(own as mongo.IndexDescription[]);
    }
    return new RawCopy(connection);
  }

  /** Reads what the import of a batch wrote. Returns the number of documents. */
  async take(batch: { _id: string; file: string; school: string; uploadedBy: string }): Promise<number> {
    const all = (name: string, filter: object) =>
      this.connection.collection<Row>(name).find(filter).sort({ _id: 1 }).toArray();
    const students = await all('students', { 'batch.id': batch._id });
    const ids = students.map((one) => one._id);
    const stored = await all('files.files', { filename: batch.file });
    const subjects = { $in: [...ids, batch._id] };
    this.rows = {
      collections: await all('collections', { _id: batch._id }),
      commands: await all('commands', { _id: { $regex: `^${batch.uploadedBy}/` } }),
      students,
      claims: await all('claims', { student: { $in: ids } }),
      outbox: await all('outbox', { aggregateId: subjects }),
      audit: await all('audit', { 'subject.id': subjects }),
      collection_bad_rows: await all('collection_bad_rows', { batch: batch._id }),
      'files.files': stored,
      'files.chunks': await all('files.chunks', { files_id: { $in: stored.map((one) => one._id) } }),
    };
    const classes = await all('classes', { school: batch.school });
    this.seats = classes.map((one) => ({ class: one._id, taken: (one.seats as { taken: number }).taken }));
    const empty = classes.map((one): Row => ({ ...one, seats: { taken: 0, reserved: 0 } }));
    await this.connection.collection<Row>('raw_classes').insertMany(empty);
    return Object.values(this.rows).reduce((sum, rows) => sum + rows.length, 0);
  }

  /** Writes it again. */
  async write(): Promise<void> {
    for (const [name, rows] of Object.entries(this.rows)) {
      if (rows.length) await this.connection.collection<Row>(`raw_${name}`).insertMany(rows, { ordered: false });
    }
    const moves = this.seats.map((one) => ({
      updateOne: { filter: { _id: one.class }, update: { $inc: { 'seats.taken': one.taken } } },
    }));
    await this.connection.collection<Row>('raw_classes').bulkWrite(moves, { ordered: false });
  }
}
