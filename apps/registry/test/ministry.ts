import { NationalAnswer, NationalPort, NationalRequest } from '../src/numbers/national-port';

/**
 * The national system as played in tests: it writes down what it is asked and gives back what the test says, in whatever
 * order, as often as it says, or nothing. One request id has one number for ever.
 */
export class Ministry extends NationalPort {
  readonly asked: NationalRequest[] = [];
  private readonly given: NationalAnswer[] = [];
  private readonly issued = new Map<string, string>();
  reachable = true;

  ask(batch: NationalRequest[]): Promise<void> {
    if (!this.reachable) return Promise.reject(new Error('the national system is down'));
    this.asked.push(...batch);
    return Promise.resolve();
  }

  answers(after: string | undefined): Promise<{ answers: NationalAnswer[]; cursor?: string }> {
    if (!this.reachable) return Promise.reject(new Error('the national system is down'));
    const from = Number(after ?? 0);
    const answers = this.given.slice(from, from + 3);
    return Promise.resolve({ answers, cursor: String(from + answers.length) });
  }

  /** The number that a request has or now gets: G or L and the ID number or a serial. */
  numberOf(request: Pick<NationalRequest, 'requestId' | 'kind' | 'idNumber'>): string {
    const kind = request.kind === 'issue-L' ? 'L' : 'G';
    const serial = `52010320260901${String(this.issued.size + 1).padStart(4, '0')}`;
    const number = this.issued.get(request.requestId) ?? `${kind}${request.idNumber ?? serial}`;
    this.issued.set(request.requestId, number);
    return number;
  }

  /** Puts an answer into the list that the registry reads. */
  say(...answers: NationalAnswer[]): void {
    this.given.push(...answers);
  }

  issue(...requests: NationalRequest[]): void {
    this.say(
      ...requests.map((one) => ({ requestId: one.requestId, outcome: 'issued' as const, number: this.numberOf(one) })),
    );
  }

  requestsOf(student: string): NationalRequest[] {
    return this.asked.filter((one) => one.requestId.startsWith(student));
  }
}
