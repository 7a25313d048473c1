import { Injectable } from '@nestjs/common';
import { Tokens } from '#libs/access';
import type { PartOwner } from '#libs/contracts';
import { sha256 } from '#libs/proofs';
import { Settings } from '#libs/service-kit';

/** What came is not what the digest says, or did not come. */
export class NotPulled extends Error {
  override readonly name = 'NotPulled';
}

/** Fetches frozen parts and papers from their owners, by digest. */
@Injectable()
export class PartsClient {
  constructor(
    private readonly settings: Settings,
    private readonly tokens: Tokens,
  ) {}

  /** @throws NotPulled when the owner is away, or the bytes are others */
  async pull(owner: PartOwner, copy: string, digest: string): Promise<Buffer> {
    const base = this.settings.services[owner];
    if (!base) throw new NotPulled(`XUEJI_SERVICES names no address of ${owner}`);
    let bytes: Buffer;
    try {
      const response = await fetch(new URL(`/internal/parts/${encodeURIComponent(copy)}/${digest}`, base), {
        headers: { authorization: `Bearer ${await this.tokens.ownToken()}` },
        signal: AbortSignal.timeout(30_000),
      });
      if (!response.ok) throw new Error(`status ${response.status}`);
      bytes = Buffer.from(await response.arrayBuffer());
    } catch (cause) {
      throw new NotPulled(`${digest} of ${owner}`, { cause });
    }
    if (sha256(bytes) !== digest) throw new NotPulled(`${digest} of ${owner}: other bytes came`);
    return bytes;
  }
}
