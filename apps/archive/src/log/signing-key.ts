import { Injectable } from '@nestjs/common';
import { createPrivateKey, createPublicKey, KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { keyIdOf, publicForm } from '#libs/proofs';
import { Settings } from '#libs/service-kit';

/**
 * The key that signs heads: `archive-signing.jwk.json` in the folder of keys, with nothing else to do. Public halves of
 * earlier keys stay in `archive-signing.former.json` (`{"keys": {"<id>": "<base64 of the DER>"}}`), so that old heads are
 * still verified.
 */
@Injectable()
export class SigningKey {
  readonly key: KeyObject;
  readonly id: string;
  /** Public keys by id, base64 of their DER. */
  readonly published: Readonly<Record<string, string>>;

  /** @throws Error when there is no such key: an archive that cannot sign does not start */
  constructor(settings: Settings) {
    const file = `${settings.serviceKeys}/archive-signing.jwk.json`;
    const jwk = JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>;
    this.key = createPrivateKey({ key: jwk, format: 'jwk' });
    if (this.key.asymmetricKeyType !== 'ed25519') throw new Error(`${file} is no Ed25519 key`);
    this.id = keyIdOf(this.key);
    this.published = {
      ...former(`${settings.serviceKeys}/archive-signing.former.json`),
      [this.id]: publicForm(this.key),
    };
  }

  publicKey(id: string): KeyObject | undefined {
    const form = this.published[id];
    return form ? createPublicKey({ key: Buffer.from(form, 'base64'), format: 'der', type: 'spki' }) : undefined;
  }
}

const former = (file: string): Record<string, string> => {
  try {
    return (JSON.parse(readFileSync(file, 'utf8')) as { keys: Record<string, string> }).keys;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw error;
  }
};
