/** What the demo shows: lines for people, counts and checks for the summary. */
export class Story {
  readonly counts: Record<string, number> = {};
  readonly checks: { name: string; how: string; holds: boolean }[] = [];
  private readonly from = performance.now();
  private section = '';

  begin(section: string): void {
    this.section = section;
    console.log(`\n── ${section}  [${((performance.now() - this.from) / 1000).toFixed(1)} s]`);
  }

  tell(line: string): void {
    console.log(`   ${line}`);
  }

  count(name: string, n: number): void {
    this.counts[name] = (this.counts[name] ?? 0) + n;
  }

  /** A statement that must be true for the demo to have succeeded, with how it was found. */
  check(name: string, holds: boolean, how: string): void {
    this.checks.push({ name: `${this.section}: ${name}`, how, holds });
    console.log(`   ${holds ? '✓' : '✗'} ${name} (${how})`);
  }

  get failed(): string[] {
    return this.checks.filter((check) => !check.holds).map((check) => check.name);
  }

  get seconds(): number {
    return (performance.now() - this.from) / 1000;
  }
}
