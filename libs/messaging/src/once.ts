import { Injectable } from '@nestjs/common';
import { createHash } from 'node:crypto';
import { ClientSession } from 'mongoose';
import { refuse } from '#libs/service-kit';
import { MessagingStore } from './store';

export interface CommandKey {
  account: string;
  /** `Idempotency-Key` of the request. */
  key: string;
  /** The command as it was sent: method, path and body, or whatever tells two commands apart. */
  body: unknown;
}

const sorted = (_: string, value: unknown): unknown =>
  value && typeof value === 'object' && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
    : value;

/** Digest that does not depend on the order of members. */
export const digestOf = (body: unknown): string =>
  createHash('sha256')
    .update(JSON.stringify(body, sorted) ?? '')
    .digest('base64url');

const reused = () =>
  refuse('idempotency-key-reused', {
    status: 422,
    title: { zh: '幂等键已用于另一请求', en: 'Idempotency key used for another request' },
    detail: {
      zh: '这个 Idempotency-Key 已经提交过内容不同的请求，本次请求没有执行。',
      en: 'This Idempotency-Key has already carried another request; this one was not carried out.',
    },
    remedy: { zh: '新的请求请使用新的幂等键。', en: 'Use a new key for a new request.' },
  });

/** A command takes effect once under its key; repeated, it gets the first answer. */
@Injectable()
export class Once {
  constructor(private readonly store: MessagingStore) {}

  /**
   * Joins the caller's transaction. Two of the same at once: the second meets a write conflict, its transaction runs
   * again after the first has ended, and finds the answer.
   * @throws Refused `idempotency-key-reused` (422) when the key carried another body
   */
  async run<T>(session: ClientSession, { account, key, body }: CommandKey, act: () => Promise<T>): Promise<T> {
    if (!session.inTransaction()) throw new Error('a command runs once only inside its transaction');
    const _id = `${account}/${key}`;
    const bodyDigest = digestOf(body);
    const known = await this.store.commands.findOne({ _id }, { session });
    if (known && known.bodyDigest !== bodyDigest) throw reused();
    if (known) return known.answer as T;
    // Claimed before acting, so that the other one is stopped here and not in the middle of its act.
    await this.store.commands.insertOne({ _id, bodyDigest, at: new Date() }, { session });
    const answer = await act();
    await this.store.commands.updateOne({ _id }, { $set: { answer } }, { session, ignoreUndefined: true });
    return answer;
  }
}
