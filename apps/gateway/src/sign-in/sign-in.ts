import { Injectable } from '@nestjs/common';
import { refuse } from '#libs/service-kit';
import { Accounts } from './accounts';
import { Attempts } from './attempts';
import { IssuedToken, TokenIssuer } from './token-issuer';

const minute = 60_000;

/** One answer, whether the account does not exist or the secret is wrong. */
const wrongCredentials = () =>
  refuse('wrong-credentials', {
    status: 401,
    title: { zh: '账号或密钥有误', en: 'Wrong account or secret' },
    detail: { zh: '账号或密钥不正确。', en: 'The account or its secret is not right.' },
    remedy: { zh: '请核对后重试；忘记密钥请联系管理员。', en: 'Check both and try again, or ask the administrator.' },
  });

const tooManyAttempts = (seconds: number) =>
  refuse('too-many-attempts', {
    status: 429,
    title: { zh: '尝试次数过多', en: 'Too many attempts' },
    detail: { zh: `请在 ${seconds} 秒后再试。`, en: `Try again in ${seconds} seconds.` },
    remedy: { zh: '请稍候并核对账号和密钥。', en: 'Wait, and check account and secret.' },
    facts: { retryAfterSeconds: seconds },
  });

/** Account and secret against a short-lived token. Guessing is slowed by account and address, and by address alone. */
@Injectable()
export class SignIn {
  private readonly perAccount = new Attempts(5, minute);
  private readonly perAddress = new Attempts(200, minute);

  constructor(
    private readonly accounts: Accounts,
    private readonly issuer: TokenIssuer,
  ) {}

  /** @throws Refused `wrong-credentials` (401), `too-many-attempts` (429, fact `retryAfterSeconds`) */
  async run({ account, secret }: { account: string; secret: string }, address: string): Promise<IssuedToken> {
    const keys = { account: `${address} ${account}`, address };
    const wait = this.perAddress.begin(keys.address, Date.now());
    if (wait) throw tooManyAttempts(wait);
    const waitHere = this.perAccount.begin(keys.account, Date.now());
    if (waitHere) throw tooManyAttempts(waitHere);
    if (!(await this.accounts.verify(account, secret))) throw wrongCredentials();
    this.perAddress.forgive(keys.address);
    this.perAccount.forgive(keys.account);
    return this.issuer.issue(account);
  }
}
