/** What only the registry is told by its environment, checked once at start. */
export class RegistrySettings {
  constructor(
    /** Where the national system is reached. */
    readonly nationalUrl: string,
    /** Pause between two rounds with the national system, in milliseconds. */
    readonly nationalEvery: number,
    /** Wait before a request without an answer is asked again, in milliseconds. */
    readonly nationalAskAgain: number,
    /** Most rows that a workbook may hold. */
    readonly workbookRows: number,
    /** Days for which the workbook of a batch is kept after work on it has ended. */
    readonly workbookDays: number,
    /** Account that gets the very first post. */
    readonly rootAccount: string | undefined,
  ) {}

  /** @throws Error naming every variable that is missing or malformed. */
  static fromEnvironment(env: NodeJS.ProcessEnv = process.env): RegistrySettings {
    const wrong: string[] = [];
    const whole = (variable: string, usual: number, least: number): number => {
      const value = Number(env[variable] || usual);
      if (!Number.isSafeInteger(value) || value < least)
        wrong.push(`${variable} is no whole number of ${least} or more`);
      return value;
    };
    const nationalUrl = env.XUEJI_NATIONAL_URL ?? '';
    if (!URL.canParse(nationalUrl) || !/^https?:$/.test(new URL(nationalUrl).protocol))
      wrong.push(
        'XUEJI_NATIONAL_URL is missing, or no http:// or https:// address: where the national system is reached',
      );
    const rootAccount = env.XUEJI_ROOT_ACCOUNT || undefined;
    if (rootAccount && (rootAccount.length > 80 || /\s/.test(rootAccount)))
      wrong.push('XUEJI_ROOT_ACCOUNT is no account: 1 to 80 characters without blanks');
    const settings = new RegistrySettings(
      nationalUrl,
      whole('XUEJI_NATIONAL_EVERY_MS', 5_000, 50),
      whole('XUEJI_NATIONAL_ASK_AGAIN_MS', 600_000, 100),
      whole('XUEJI_COLLECTION_MAX_ROWS', 20_000, 1),
      whole('XUEJI_WORKBOOK_DAYS', 90, 1),
      rootAccount,
    );
    if (wrong.length) throw new Error(`registry does not start: ${wrong.join('; ')}`);
    return settings;
  }
}
