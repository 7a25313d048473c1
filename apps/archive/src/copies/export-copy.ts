import { Injectable } from '@nestjs/common';
import { Readable } from 'node:stream';
import { Actor } from '#libs/access';
import { Audit } from '#libs/audit';
import { canonicalBytes, SignedHead, ZipEntry, zipOf } from '#libs/proofs';
import { Files } from '#libs/protection';
import { Clock, notFound, wrongState } from '#libs/service-kit';
import { bareHead, LogRepository } from '../log/log.repository';
import { CopiesRepository } from './copies.repository';
import type { Copy } from './copy';
import { layCopy, Statement } from './lay-copy';

export interface Proof {
  format: 'xueji-proof-1';
  statement: Statement;
  leaf: { index: number; hash: string };
  /** Audit path from the leaf to the root of the head, hex. */
  path: string[];
  head: SignedHead;
}

/** A sealed copy as a file that proves itself (tools/verify-copy). */
@Injectable()
export class ExportCopy {
  constructor(
    private readonly copies: CopiesRepository,
    private readonly log: LogRepository,
    private readonly files: Files,
    private readonly audit: Audit,
    private readonly clock: Clock,
  ) {}

  /** @throws Refused `not-found`, `wrong-state` when it is not sealed or no such head was signed */
  async proof(actor: Actor, id: string, size?: number): Promise<Proof> {
    return this.proofOf(await this.sealed(actor, id), size);
  }

  /** The reading is recorded. @throws Refused as `proof` */
  async zip(actor: Actor, id: string, size?: number): Promise<{ name: string; stream: Readable }> {
    const copy = await this.sealed(actor, id);
    const proof = await this.proofOf(copy, size);
    const { copyJson, tags, payload } = layCopy(copy, copy.sealed!);
    const folder = copy._id;
    const at = (path: string) => `${folder}/${path}`;
    const entries: ZipEntry[] = [
      ...tags.map(({ path, bytes }) => ({ path: at(path), bytes })),
      { path: at('data/copy.json'), bytes: copyJson },
      ...payload
        .filter(({ path }) => path !== 'copy.json')
        .map(({ path, sha256 }) => ({ path: at(`data/${path}`), bytes: () => this.bytesOf(sha256) })),
      { path: at('proof.json'), bytes: canonicalBytes(proof) },
    ];
    await this.audit.write([
      {
        act: 'archive.copy.export',
        account: actor.account,
        post: actor.posts[0]._id,
        subject: { kind: 'copy', id: copy._id },
        at: this.clock.now(),
        duty: 'archive-inquiry',
      },
    ]);
    return { name: `${folder}.zip`, stream: zipOf(entries) };
  }

  private async bytesOf(digest: string): Promise<Buffer> {
    const bytes = await this.files.get(digest);
    if (!bytes) throw new Error('a file of a sealed copy is not there');
    return bytes;
  }

  private async sealed(actor: Actor, id: string): Promise<Copy> {
    const copy = await this.copies.inScope(actor, id);
    if (!copy) throw notFound();
    if (!copy.sealed) throw notSealed(copy.state);
    return copy;
  }

  private async proofOf({ _id, sealed }: Copy, wanted?: number): Promise<Proof> {
    const leaf = await this.log.leaves.findOne({ _id: sealed!.leaf, copy: _id });
    const head = wanted === undefined ? await this.log.newestHead() : await this.log.head(wanted);
    if (!leaf) throw new Error('a sealed copy is not in the log');
    if (!head || head.size <= leaf._id) throw noHead(wanted);
    const path = await this.log.inclusion(leaf._id, head.size);
    return {
      format: 'xueji-proof-1',
      statement: leaf.statement,
      leaf: { index: leaf._id, hash: leaf.hash },
      path: path.map((one) => one.toString('hex')),
      head: bareHead(head),
    };
  }
}

const notSealed = (state: string) =>
  wrongState(
    { zh: '副本尚未封存。', en: 'The copy is not sealed yet.' },
    { zh: '请待封存后再导出。', en: 'Export it once it is sealed.' },
    { state },
  );

const noHead = (size?: number) =>
  wrongState(
    { zh: '还没有包含该副本的日志首部。', en: 'No head has been signed that holds this copy.' },
    { zh: '请稍后再试，或选用更新的首部。', en: 'Try again in a moment, or name a newer head.' },
    { size: size ?? null },
  );
