/** What only the gateway is told by its environment, checked once at start. */
export class GatewaySettings {
  constructor(
    /** File with the accounts that may sign in and the hashes of their secrets. */
    readonly accountsFile: string,
    /** Addresses of proxies in front of us (IP or CIDR); what `X-Forwarded-*` says is believed from these alone. */
    readonly trustedProxies: string[],
    /** Longest wait for the first byte of a service's answer, in milliseconds. */
    readonly hopTimeout: number,
  ) {}

  /** @throws Error naming every variable that is missing or malformed. */
  static fromEnvironment(env: NodeJS.ProcessEnv = process.env): GatewaySettings {
    const wrong: string[] = [];
    const accountsFile = env.XUEJI_ACCOUNTS_FILE ?? '';
    if (!accountsFile) wrong.push('XUEJI_ACCOUNTS_FILE is missing');
    const hopTimeout = Number(env.XUEJI_HOP_TIMEOUT_MS ?? '60000');
    if (!Number.isInteger(hopTimeout) || hopTimeout < 100)
      wrong.push('XUEJI_HOP_TIMEOUT_MS is no time of 100 ms or more');
    if (wrong.length) throw new Error(wrong.join('; '));
    const trustedProxies = (env.XUEJI_TRUSTED_PROXIES ?? '').split(',').filter(Boolean);
    return new GatewaySettings(accountsFile, trustedProxies, hopTimeout);
  }
}
