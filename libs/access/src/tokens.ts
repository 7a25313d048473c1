import { createLocalJWKSet, createRemoteJWKSet, importJWK, JSONWebKeySet, JWK, jwtVerify, SignJWT } from 'jose';
import { Settings } from '#libs/service-kit';

const audience = 'xueji';
export const personIssuer = 'xueji';
export const serviceIssuer = 'xueji-service';

export type Identity = { kind: 'person'; account: string } | { kind: 'service'; name: string };

/** Verifies tokens by itself: persons against the issuer's key set, services against the keys this service was given. */
export class Tokens {
  private readonly persons: ReturnType<typeof createRemoteJWKSet>;
  private readonly services: ReturnType<typeof createLocalJWKSet>;
  private own?: { token: string; until: number };

  constructor(private readonly settings: Settings) {
    this.persons = createRemoteJWKSet(new URL('/.well-known/jwks.json', settings.gatewayUrl), {
      cooldownDuration: 2_000,
      cacheMaxAge: 600_000,
      timeoutDuration: 3_000,
    });
    this.services = createLocalJWKSet(settings.serviceKeySet() as unknown as JSONWebKeySet);
  }

  /** @throws jose errors when the token is not valid here and now. */
  async verify(token: string): Promise<Identity> {
    const issuer = issuerOf(token);
    const checks = { audience, algorithms: ['EdDSA'], clockTolerance: 5, requiredClaims: ['sub', 'exp'] };
    if (issuer === serviceIssuer) {
      const { payload, protectedHeader } = await jwtVerify(token, this.services, { ...checks, issuer: serviceIssuer });
      // A service speaks only for itself: the key that signed must be the key of the name it claims.
      if (payload.sub !== protectedHeader.kid) throw new Error('key and name of the service differ');
      return { kind: 'service', name: String(payload.sub) };
    }
    const { payload } = await jwtVerify(token, this.persons, { ...checks, issuer: personIssuer });
    return { kind: 'person', account: String(payload.sub) };
  }

  /** A short-lived token in this service's own name, for calls to other services. */
  async ownToken(): Promise<string> {
    if (this.own && this.own.until > Date.now() + 30_000) return this.own.token;
    const key = await importJWK(this.settings.ownKey() as JWK, 'EdDSA');
    const token = await new SignJWT({})
      .setProtectedHeader({ alg: 'EdDSA', kid: this.settings.name })
      .setIssuer(serviceIssuer)
      .setAudience(audience)
      .setSubject(this.settings.name)
      .setIssuedAt()
      .setExpirationTime('5m')
      .sign(key);
    this.own = { token, until: Date.now() + 300_000 };
    return token;
  }
}

/** Read without trust, only to choose the key set that then proves it. */
const issuerOf = (token: string): unknown => {
  try {
    const claims: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'));
    return (claims as { iss?: unknown } | null)?.iss;
  } catch {
    return undefined;
  }
};
