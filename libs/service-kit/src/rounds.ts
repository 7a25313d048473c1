/**
 * Does rounds of work, one at a time: at once when woken, else after a while of real time. What it does in a round it finds
 * in the store, so a wake-up that comes during a round, or is lost, delays work and loses none.
 */
export class Rounds {
  private timer?: NodeJS.Timeout;
  private running?: Promise<void>;
  private ending = false;

  /**
   * @param round looks for work and does what there is; returns early when `stopping`
   * @param failed hears what a round threw; the next one comes all the same
   * @param every milliseconds between two rounds that nobody asked for
   */
  constructor(
    private readonly round: () => Promise<void>,
    private readonly failed: (fault: unknown) => void,
    private readonly every = 1_000,
  ) {}

  get stopping(): boolean {
    return this.ending;
  }

  start(): void {
    this.timer = setInterval(() => this.wake(), this.every).unref();
  }

  /** Looks for work now. */
  wake(): void {
    if (this.running || this.ending) return;
    this.running = this.round()
      .catch(this.failed)
      .finally(() => (this.running = undefined));
  }

  /** Waits for the end of the round under way; none begins after it. */
  async stop(): Promise<void> {
    this.ending = true;
    clearInterval(this.timer);
    await this.running;
  }
}
