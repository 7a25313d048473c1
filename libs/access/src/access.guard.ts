import { CanActivate, ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { Clock, refuse, RIGHTS, Rights } from '#libs/service-kit';
import { Actor } from './actor';
import { Posts } from './posts';
import { Identity, Tokens } from './tokens';

export interface Authenticated {
  headers: Record<string, string | undefined>;
  actor?: Actor;
  caller?: string;
}

const notSignedIn = () =>
  refuse('not-signed-in', {
    status: 401,
    title: { zh: '未登录或登录已失效', en: 'Not signed in' },
    detail: { zh: '请求没有有效的登录凭证。', en: 'The request carries no valid token.' },
    remedy: { zh: '请重新登录后重试。', en: 'Sign in again and repeat.' },
  });

const noPost = (roles: readonly string[]) =>
  refuse('no-post', {
    status: 403,
    title: { zh: '没有相应岗位', en: 'No post for this' },
    detail: { zh: '您目前没有可办理此事项的岗位。', en: 'You hold no post today that may do this.' },
    remedy: {
      zh: '请由有岗位的人员办理，或联系上级任命。',
      en: 'Ask a holder of such a post, or the office above to appoint you.',
    },
    facts: { roles },
  });

/** Denied by default: a route without rights declared answers nobody. */
@Injectable()
export class AccessGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly tokens: Tokens,
    private readonly posts: Posts,
    private readonly clock: Clock,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    // Events are authenticated by the broker; their handlers have no caller.
    if (context.getType() !== 'http') return true;
    const rights = this.reflector.getAllAndOverride<Rights | undefined>(RIGHTS, [
      context.getHandler(),
      context.getClass(),
    ]);
    if (!rights) throw noPost([]);
    if ('open' in rights) return true;
    const request = context.switchToHttp().getRequest<Authenticated>();
    const identity = await this.identify(request);
    if ('service' in rights) {
      if (identity.kind !== 'service') throw noPost(['service']);
      request.caller = identity.name;
      return true;
    }
    if (identity.kind !== 'person') throw noPost(rights.roles);
    const held = await this.posts.heldBy(identity.account, this.clock.today());
    const usable = held.filter((post) => rights.roles.includes(post.role));
    if (usable.length === 0) throw noPost(rights.roles);
    request.actor = new Actor(identity.account, usable);
    return true;
  }

  private async identify(request: Authenticated): Promise<Identity> {
    const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1];
    if (!token) throw notSignedIn();
    try {
      return await this.tokens.verify(token);
    } catch {
      throw notSignedIn();
    }
  }
}
