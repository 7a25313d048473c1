import { Injectable } from '@nestjs/common';
import { Tokens } from '#libs/access';
import {
  canonical,
  canonicalBytes,
  digests,
  headDigest,
  isCanonical,
  leafHash,
  nodeHash,
  SignedHead,
  verifyHead,
} from '#libs/proofs';
import { Files } from '#libs/protection';
import { Settings } from '#libs/service-kit';
import { CopiesRepository } from '../copies/copies.repository';
import type { Copy } from '../copies/copy';
import { layCopy } from '../copies/lay-copy';
import { ownersAsked } from '../copies/part-owners';
import { bareHead, HeadRow, Leaf, LogRepository } from '../log/log.repository';
import { SigningKey } from '../log/signing-key';

/** What kind of harm was done. */
export type Harm = 'edited' | 'deleted' | 'reordered' | 'back-dated' | 'truncated' | 'added' | 'forged';

export interface Finding {
  harm: Harm;
  /** `copy <id>`, `leaf 7`, `node 2/1`, `head 12`, `file <digest>`. */
  what: string;
  zh: string;
  en: string;
}

export interface Verification {
  copies: number;
  leaves: number;
  heads: number;
  files: number;
  /** Heads compared, by service that keeps them; `null`: it did not answer. */
  anchors: Record<string, number | null>;
  findings: Finding[];
  /** Findings beyond the first thousand are counted only. */
  more: number;
}

const most = 1_000;

/**
 * Looks at everything that the archive holds, against the log, the signed heads, and the heads that other services keep.
 * Reads leaf by leaf, so that its memory does not grow with the archive.
 */
@Injectable()
export class VerifyArchive {
  constructor(
    private readonly copies: CopiesRepository,
    private readonly log: LogRepository,
    private readonly files: Files,
    private readonly key: SigningKey,
    private readonly settings: Settings,
    private readonly tokens: Tokens,
  ) {}

  async run(): Promise<Verification> {
    const made = new Report();
    const anchored = await this.anchors(made);
    const state = await this.log.state().catch(() => {
      made.find('deleted', 'log', '日志状态不存在', 'the state of the log is gone');
      return { size: 0 };
    });
    const heads = await this.heads(made, anchored, state.size);
    await this.leaves(made, state.size, heads);
    await this.orphans(made);
    return made.done();
  }

  /** Heads of each size as others keep them. */
  private async anchors(made: Report): Promise<SignedHead[]> {
    const all = new Map<string, SignedHead>();
    for (const owner of ownersAsked()) {
      try {
        const base = this.settings.services[owner];
        const response = await fetch(new URL('/internal/heads?limit=10000', base), {
          headers: { authorization: `Bearer ${await this.tokens.ownToken()}` },
          signal: AbortSignal.timeout(10_000),
        });
        if (!response.ok) throw new Error(`status ${response.status}`);
        const { heads } = (await response.json()) as { heads: SignedHead[] };
        made.answer.anchors[owner] = heads.length;
        for (const head of heads) all.set(`${head.size} ${head.root} ${head.signature}`, head);
      } catch {
        made.answer.anchors[owner] = null;
      }
    }
    return [...all.values()];
  }

  /** Signatures, the chain from head to head, times, and what others keep. @returns the heads in order */
  private async heads(made: Report, anchored: readonly SignedHead[], size: number): Promise<HeadRow[]> {
    const rows = await this.log.heads.find({}).sort({ _id: 1 }).toArray();
    const bySize = new Map(rows.map((row) => [row._id, row]));
    let before: HeadRow | undefined;
    for (const row of rows) {
      made.answer.heads += 1;
      const what = `head ${row._id}`;
      const key = this.key.publicKey(row.key);
      if (row.size !== row._id || !key || !verifyHead(bareHead(row), key))
        made.find('edited', what, '日志首部签名不成立', 'its signature is false');
      if (row.previous !== (before ? headDigest(bareHead(before)) : undefined))
        made.find('deleted', what, '前一个首部不是它所指的那个', 'the head before it is not the one that it names');
      if (before && row.at < before.at)
        made.find('back-dated', what, '早于前一个首部', 'it is older than the head before it');
      before = row;
    }
    for (const head of anchored) {
      const own = bySize.get(head.size);
      const what = `head ${head.size}`;
      if (!own && (!before || head.size > before.size))
        made.find(
          'truncated',
          what,
          '其他服务留存的首部在此不存在',
          'another service keeps this head, and here the log ends before it',
        );
      else if (!own)
        made.find(
          'deleted',
          what,
          '其他服务留存的首部在此不存在',
          'another service keeps this head, and here it is gone',
        );
      else if (own.root !== head.root || own.signature !== head.signature)
        made.find('forged', what, '与其他服务留存的首部不同', 'another service keeps another head of this size');
    }
    const newest = Math.max(before?.size ?? 0, 0);
    if (newest > size)
      made.find(
        'truncated',
        `head ${newest}`,
        `首部之下有 ${newest} 个叶子，日志只余 ${size} 个`,
        `it stands for ${newest} leaves, and the log says ${size}`,
      );
    return rows;
  }

  /** Every leaf with its copy and files, the tree above it, and the roots that were signed. */
  private async leaves(made: Report, size: number, heads: readonly HeadRow[]): Promise<void> {
    const peaks = new Peaks();
    const roots = new Map(heads.map((head) => [head.size, head]));
    let next = 0;
    let last: Leaf | undefined;
    for await (const leaf of this.log.leaves.find({}).sort({ _id: 1 })) {
      for (; next < leaf._id; next += 1) made.find('deleted', `leaf ${next}`, '叶子不存在', 'the leaf is gone');
      made.answer.leaves += 1;
      await this.leaf(made, leaf, last, heads);
      const stored = peaks.add(leafHash(canonicalBytes(leaf.statement)));
      for (const { place, hash } of stored) await this.node(made, place, hash);
      const head = roots.get(leaf._id + 1);
      if (head && peaks.root().toString('hex') !== head.root)
        made.find(
          'forged',
          `head ${head.size}`,
          '叶子算出的根与所签的根不同',
          'the leaves give another root than the one signed',
        );
      last = leaf;
      next = leaf._id + 1;
    }
    if (next < size)
      made.find(
        'truncated',
        `leaf ${next}`,
        `日志应有 ${size} 个叶子，只余 ${next} 个`,
        `the log has ${size} leaves, and only ${next} are here`,
      );
    if (next > size) made.find('added', `leaf ${size}`, '叶子多于日志所载', 'there are more leaves than the log says');
    const biggest = heads.at(-1)?.size ?? 0;
    if (next < biggest && next >= size)
      made.find(
        'truncated',
        `leaf ${next}`,
        `所签首部之下有 ${biggest} 个叶子，只余 ${next} 个`,
        `a signed head stands for ${biggest} leaves, and only ${next} are here`,
      );
  }

  private async leaf(made: Report, leaf: Leaf, before: Leaf | undefined, heads: readonly HeadRow[]): Promise<void> {
    const what = `leaf ${leaf._id}`;
    const hash = leafHash(canonicalBytes(leaf.statement)).toString('hex');
    if (hash !== leaf.hash) made.find('edited', what, '封存说明与摘要不符', 'its statement is not that of its hash');
    const elsewhere = await this.placeOf(hash, leaf._id);
    if (elsewhere !== undefined)
      made.find('reordered', what, `此处原是第 ${elsewhere} 号叶子`, `what lies here was leaf ${elsewhere}`);
    if (before && leaf.statement.sealedAt < before.statement.sealedAt)
      made.find('back-dated', what, '早于前一个叶子', 'it says that it is older than the leaf before it');
    const [under, above] = [heads.findLast(({ size }) => size <= leaf._id), heads.find(({ size }) => size > leaf._id)];
    if (under && leaf.statement.sealedAt < under.at)
      made.find(
        'back-dated',
        what,
        '早于它之前已签的首部',
        'it says that it is older than a head signed before it was there',
      );
    if (above && leaf.statement.sealedAt > above.at)
      made.find('back-dated', what, '晚于包含它的首部', 'it says that it is newer than the head that holds it');
    await this.copy(made, leaf);
  }

  /** Where the log's tree holds this hash, when that is not here. */
  private async placeOf(hash: string, index: number): Promise<number | undefined> {
    const here = await this.log.nodes.findOne({ _id: `0/${index}` });
    if (!here || Buffer.from(here.hash.buffer).toString('hex') === hash) return undefined;
    const bytes = Buffer.from(hash, 'hex');
    const found = await this.log.nodes.findOne({ _id: /^0\//, hash: bytes as never });
    return found ? Number(found._id.slice(2)) : undefined;
  }

  private async node(made: Report, place: string, hash: Buffer): Promise<void> {
    const row = await this.log.nodes.findOne({ _id: place });
    if (!row) made.find('deleted', `node ${place}`, '日志节点不存在', 'the node of the tree is gone');
    else if (!Buffer.from(row.hash.buffer).equals(hash))
      made.find('edited', `node ${place}`, '日志节点与叶子不符', 'the node is not what the leaves give');
  }

  private async copy(made: Report, leaf: Leaf): Promise<void> {
    const copy = await this.copies.find(leaf.copy);
    const what = `copy ${leaf.copy}`;
    if (!copy) return made.find('deleted', what, '副本不存在', 'the copy is gone');
    made.answer.copies += 1;
    if (!copy.sealed || copy.sealed.leaf !== leaf._id)
      return made.find('edited', what, '副本所载叶子与日志不符', 'it names another leaf, or says it is not sealed');
    const sealedOn = copy.sealed.at.toISOString();
    if (sealedOn !== leaf.statement.sealedAt || copy.sealed.on !== leaf.statement.sealedOn)
      made.find('back-dated', what, '封存时间与日志不符', 'it names another time than the log');
    const laid = tryTo(() => layCopy(copy, { on: leaf.statement.sealedOn, at: new Date(leaf.statement.sealedAt) }));
    if (!laid || canonical(laid.statement) !== canonical(leaf.statement))
      made.find('edited', what, '内容与封存时不同', 'it is not what was sealed');
    await this.payload(made, copy);
  }

  private async payload(made: Report, copy: Copy): Promise<void> {
    for (const file of copy.files) {
      made.answer.files += 1;
      const what = `file ${file.sha256}`;
      let bytes: Buffer | undefined;
      try {
        bytes = await this.files.get(file.sha256);
      } catch {
        made.find('edited', what, `副本 ${copy._id} 的文件无法打开`, `a file of copy ${copy._id} does not open`);
        continue;
      }
      if (!bytes) made.find('deleted', what, `副本 ${copy._id} 的文件不存在`, `a file of copy ${copy._id} is gone`);
      else {
        const found = digests(bytes);
        const part = file.path.startsWith('parts/');
        if (found.sha256 !== file.sha256 || found.sm3 !== file.sm3 || (part && !isCanonical(bytes)))
          made.find(
            'edited',
            what,
            `副本 ${copy._id} 的文件与摘要不符`,
            `a file of copy ${copy._id} is not what its digests say`,
          );
      }
    }
  }

  /** Copies that call themselves sealed and are in no log. */
  private async orphans(made: Report): Promise<void> {
    const known = this.log.leaves;
    for await (const { _id } of this.copies.copies.find({ state: 'sealed' }, { projection: { _id: 1 } })) {
      const leaf = await known.findOne({ copy: _id }, { projection: { _id: 1 } });
      if (!leaf)
        made.find('added', `copy ${_id}`, '自称已封存，日志中没有', 'it calls itself sealed and is not in the log');
    }
  }
}

class Report {
  readonly answer: Verification = { copies: 0, leaves: 0, heads: 0, files: 0, anchors: {}, findings: [], more: 0 };

  find(harm: Harm, what: string, zh: string, en: string): void {
    if (this.answer.findings.length < most) this.answer.findings.push({ harm, what, zh, en });
    else this.answer.more += 1;
  }

  done(): Verification {
    return this.answer;
  }
}

/** Right edge of the tree while leaves are counted through: O(log n) hashes. */
class Peaks {
  private size = 0;
  private readonly peaks: { level: number; hash: Buffer }[] = [];

  /** @returns the nodes that are complete now, as they must lie in the store */
  add(leaf: Buffer): { place: string; hash: Buffer }[] {
    const stored = [{ place: `0/${this.size}`, hash: leaf }];
    let [level, hash] = [0, leaf];
    for (let top = this.peaks.at(-1); top?.level === level; top = this.peaks.at(-1)) {
      this.peaks.pop();
      hash = nodeHash(top.hash, hash);
      level += 1;
      stored.push({ place: `${level}/${Math.floor(this.size / 2 ** level)}`, hash });
    }
    this.peaks.push({ level, hash });
    this.size += 1;
    return stored;
  }

  root(): Buffer {
    return this.peaks.map(({ hash }) => hash).reduceRight((right, left) => nodeHash(left, right));
  }
}

const tryTo = <T>(make: () => T): T | undefined => {
  try {
    return make();
  } catch {
    return undefined;
  }
};
