import { Injectable } from '@nestjs/common';
import { FastifyRequest } from 'fastify';
import { Posts, Tokens } from '#libs/access';
import { Clock, refuse } from '#libs/service-kit';
import { tokenInCookie } from './session-cookie';

const notAdmitted = (status: 401 | 403) =>
  refuse(status === 401 ? 'not-signed-in' : 'no-post', {
    status,
    title: { zh: '需要运维岗位', en: 'For operators' },
    detail: {
      zh: status === 401 ? '没有有效的登录凭证。' : '您目前没有运维岗位。',
      en: status === 401 ? 'There is no valid token.' : "You hold no operator's post today.",
    },
    remedy: { zh: '请以运维账号登录。', en: 'Sign in with an account that holds such a post.' },
  });

/** The dashboard's own door: it is served beside Nest, so Nest's guard does not see it. */
@Injectable()
export class AdmitOperator {
  constructor(
    private readonly tokens: Tokens,
    private readonly posts: Posts,
    private readonly clock: Clock,
  ) {}

  /** @throws Refused `not-signed-in` (401), `no-post` (403) */
  async run({ headers }: FastifyRequest): Promise<void> {
    const token = /^Bearer (.+)$/.exec(headers.authorization ?? '')?.[1] ?? tokenInCookie(headers.cookie);
    const identity = token ? await this.tokens.verify(token).catch(() => undefined) : undefined;
    if (identity?.kind !== 'person') throw notAdmitted(401);
    const posts = await this.posts.heldBy(identity.account, this.clock.today());
    if (!posts.some(({ role }) => role === 'operator')) throw notAdmitted(403);
  }
}
