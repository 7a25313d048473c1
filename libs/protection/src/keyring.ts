import { Injectable, OnModuleInit } from '@nestjs/common';
import { InjectConnection } from '@nestjs/mongoose';
import { createSecretKey, KeyObject, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Connection } from 'mongoose';
import { Settings } from '#libs/service-kit';
import { blindIndex, Place, seal, Sealed, unseal } from './suite';

interface WrappedKey {
  /** `<county>/<version>`, or `index/<version>`. */
  _id: string;
  wrapped: Sealed;
}

/**
 * Data keys, one line of versions per county and one index key for the province, wrapped by the master key. The master
 * key comes from a file that the environment names and never lies beside the data. Without it nothing starts; without a
 * data key nothing is written.
 */
@Injectable()
export class Keyring implements OnModuleInit {
  /** Key objects: of raw bytes the runtime makes one at every call, which costs more than the sealing itself. */
  private readonly master: KeyObject;
  private readonly open = new Map<string, KeyObject>();
  private indexKeyId: string;

  constructor(
    @InjectConnection() private readonly connection: Connection,
    settings: Settings,
  ) {
    if (!settings.masterKeyFile) throw new Error('XUEJI_MASTER_KEY_FILE is missing: no master key, no start');
    const master = Buffer.from(readFileSync(settings.masterKeyFile, 'utf8').trim(), 'base64');
    if (master.length !== 32) throw new Error('the master key must be 32 bytes in base64');
    this.master = createSecretKey(master);
  }

  async onModuleInit(): Promise<void> {
    this.indexKeyId = 'index/1';
    await this.ensure(this.indexKeyId);
  }

  /** Loads or makes the data key of a county, so that sealing afterwards needs no I/O. */
  async ready(county: string): Promise<string> {
    const keyId = `${county}/1`;
    await this.ensure(keyId);
    return keyId;
  }

  seal(text: string, county: string, place: Place): Sealed {
    const keyId = `${county}/1`;
    return seal(Buffer.from(text, 'utf8'), this.key(keyId), keyId, place);
  }

  sealBytes(plain: Buffer, county: string, place: Place): Sealed {
    const keyId = `${county}/1`;
    return seal(plain, this.key(keyId), keyId, place);
  }

  async unseal(sealed: Sealed, place: Place): Promise<string> {
    return (await this.unsealBytes(sealed, place)).toString('utf8');
  }

  async unsealBytes(sealed: Sealed, place: Place): Promise<Buffer> {
    if (sealed.s !== 'A256GCM') throw new Error(`unknown suite ${String(sealed.s)}`);
    if (!this.open.has(sealed.k)) await this.load(sealed.k);
    return unseal(sealed, this.key(sealed.k), place);
  }

  blindIndex(value: string): string {
    return blindIndex(value, this.key(this.indexKeyId), this.indexKeyId.replace('index/', 'i'));
  }

  private key(keyId: string): KeyObject {
    const key = this.open.get(keyId);
    if (!key) throw new Error(`data key ${keyId} is not open: nothing is written`);
    return key;
  }

  private get keys() {
    return this.connection.collection<WrappedKey>('data_keys');
  }

  private place(keyId: string): Place {
    return { collection: 'data_keys', id: keyId, field: 'key' };
  }

  private async load(keyId: string): Promise<boolean> {
    const stored = await this.keys.findOne({ _id: keyId });
    if (!stored) return false;
    this.open.set(keyId, createSecretKey(unseal(stored.wrapped, this.master, this.place(keyId))));
    return true;
  }

  private async ensure(keyId: string): Promise<void> {
    if (this.open.has(keyId) || (await this.load(keyId))) return;
    const wrapped = seal(randomBytes(32), this.master, 'master', this.place(keyId));
    // Two instances may make the key at once: the first to write wins, both then load what is stored.
    await this.keys
      .updateOne({ _id: keyId }, { $setOnInsert: { wrapped } }, { upsert: true })
      .catch((fault: unknown) => {
        if ((fault as { code?: number }).code !== 11000) throw fault;
      });
    if (!(await this.load(keyId))) throw new Error(`data key ${keyId} could not be stored`);
  }
}
