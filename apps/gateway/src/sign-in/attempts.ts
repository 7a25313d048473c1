/** Failed attempts by key within a window; an attempt counts from its start, so that many at once do not slip through. */
export class Attempts {
  private readonly failed = new Map<string, { count: number; until: number }>();

  constructor(
    private readonly allowed: number,
    /** Milliseconds. */
    private readonly window: number,
    /** Keys remembered at most; the oldest are forgotten first. */
    private readonly room = 10_000,
  ) {}

  /** Seconds to wait, or 0 when the attempt may go ahead and is counted. */
  begin(key: string, now: number): number {
    const known = this.failed.get(key);
    if (!known || known.until <= now) {
      this.failed.delete(key);
      this.failed.set(key, { count: 1, until: now + this.window });
      if (this.failed.size > this.room) this.failed.delete(this.failed.keys().next().value as string);
      return 0;
    }
    if (known.count >= this.allowed) return Math.ceil((known.until - now) / 1000);
    known.count += 1;
    return 0;
  }

  /** The attempt was right, or was never made: it does not count. */
  forgive(key: string): void {
    const known = this.failed.get(key);
    if (known) known.count -= 1;
  }
}
