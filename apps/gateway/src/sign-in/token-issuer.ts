import { Injectable } from '@nestjs/common';
import { importJWK, JWK, SignJWT } from 'jose';
import { readFileSync } from 'node:fs';
import { v7 as uuidv7 } from 'uuid';
import { Settings } from '#libs/service-kit';

/** Seconds. */
export const tokenLife = 600;

export interface IssuedToken {
  token: string;
  expiresAt: Date;
}

/**
 * Signs who somebody is, never what they may do: that is dated data every service looks up for itself. The key is not
 * the gateway's own service key, so that neither can stand in for the other.
 */
@Injectable()
export class TokenIssuer {
  /** The key set that services verify with: the public half alone. */
  readonly keySet: { keys: JWK[] };
  private readonly jwk: JWK & { kid: string };

  /** @throws Error when the key is not there or is no private Ed25519 key with a kid. */
  constructor(settings: Settings) {
    const file = `${settings.serviceKeys}/gateway-signing.jwk.json`;
    const jwk = JSON.parse(readFileSync(file, 'utf8')) as JWK;
    if (jwk.kty !== 'OKP' || jwk.crv !== 'Ed25519' || !jwk.d || !jwk.x || !jwk.kid)
      throw new Error(`${file} is no private Ed25519 key with a kid`);
    this.jwk = { ...jwk, kid: jwk.kid };
    this.keySet = { keys: [{ kty: 'OKP', crv: 'Ed25519', x: jwk.x, kid: jwk.kid, alg: 'EdDSA', use: 'sig' }] };
  }

  async issue(account: string): Promise<IssuedToken> {
    const now = Math.floor(Date.now() / 1000);
    const token = await new SignJWT({})
      .setProtectedHeader({ alg: 'EdDSA', kid: this.jwk.kid })
      .setIssuer('xueji')
      .setAudience('xueji')
      .setSubject(account)
      .setJti(uuidv7())
      .setIssuedAt(now)
      .setExpirationTime(now + tokenLife)
      .sign(await importJWK(this.jwk, 'EdDSA'));
    return { token, expiresAt: new Date((now + tokenLife) * 1000) };
  }
}
