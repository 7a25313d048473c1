import { Behaviour, behaviourFrom, chance, deliveriesOf, Delivery, presets } from './behaviour';
import { Journal } from './journal';
import { Decision, Register } from './register';
import { isRequestId, NumberRequest } from './request';

export type Answer = { requestId: string } & (Decision | { outcome: 'pending' });

type Line =
  | { behaviour: Behaviour }
  | { asked: { request: NumberRequest; decision?: Decision; deliveries: Delivery[] }[] }
  | { given: Pick<Delivery, 'requestId' | 'pending'>[] };

/** Bad input. */
export class Malformed extends Error {}

export const mostPerBatch = 1_000;
const usualLot = 100;
const largestLot = 500;

/** Takes requests, decides at once, and answers when its behaviour lets it. Every change is on the disk before its reply. */
export class NationalSystem {
  private readonly register = new Register();
  private readonly askings = new Map<string, number>();
  /** On the way, in no order. */
  private onTheWay: Delivery[] = [];
  /** What was given out, in order; a cursor is a place in it. */
  private readonly given: Answer[] = [];
  private readonly told = new Set<string>();
  private lost = 0;
  private behaviour: Behaviour;

  private constructor(
    private readonly journal: Journal<Line>,
    lines: Line[],
    usual: string,
  ) {
    this.behaviour = behaviourFrom(usual, presets.moody!);
    for (const line of lines) this.take(line);
  }

  /** @param usual preset that holds until another behaviour is set */
  static open(folder: string, usual = 'moody'): NationalSystem {
    const { journal, lines } = Journal.open<Line>(folder);
    return new NationalSystem(journal, lines, usual);
  }

  get isAway(): boolean {
    return this.behaviour.away;
  }

  get currentBehaviour(): Behaviour {
    return this.behaviour;
  }

  /** @throws Error naming what is not known */
  behave(wish: unknown): Behaviour {
    this.write({ behaviour: behaviourFrom(wish, this.behaviour) });
    return this.behaviour;
  }

  /** @throws Malformed when it is no batch, or an entry has no usable id; then nothing is taken */
  ask(requests: unknown, now: number): { accepted: number; known: number } {
    if (!Array.isArray(requests)) throw new Malformed('requests is no list');
    if (requests.length > mostPerBatch) throw new Malformed(`more than ${mostPerBatch} requests in one batch`);
    const wrong = requests.findIndex((one) => !isRequestId((one as NumberRequest | null)?.requestId));
    if (wrong >= 0) throw new Malformed(`requests[${wrong}] has no usable requestId`);
    const counted = { accepted: 0, known: 0 };
    const asked = (requests as NumberRequest[]).map((request) => {
      const { requestId } = request;
      const asking = (this.askings.get(requestId) ?? 0) + 1;
      this.askings.set(requestId, asking);
      const known = this.register.decisionOf(requestId) !== undefined;
      counted[known ? 'known' : 'accepted']++;
      // The first content counts: asked again, it is the same question.
      const decision = known ? undefined : this.register.decide(request, this.behaviour);
      return {
        request,
        ...(decision && { decision }),
        deliveries: deliveriesOf(requestId, asking, now, this.behaviour),
      };
    });
    this.journal.append({ asked });
    for (const { deliveries } of asked) this.send(deliveries);
    return counted;
  }

  /**
   * What was given out after the cursor.
   * @throws Malformed for a cursor that was never given out, or no limit
   */
  answers(after: string | undefined, limit: number | undefined, now: number): { answers: Answer[]; cursor: string } {
    this.release(now);
    const from = Number(after ?? '0');
    if (!Number.isSafeInteger(from) || from < 0 || from > this.given.length) throw new Malformed(`no cursor ${after}`);
    const lot = Math.min(limit ?? usualLot, largestLot);
    if (!Number.isSafeInteger(lot) || lot < 1) throw new Malformed('limit is no number above 0');
    const answers = this.given.slice(from, from + lot);
    return { answers, cursor: String(from + answers.length) };
  }

  /** `pending` until its answer has left. @returns nothing when it was never asked */
  answerTo(requestId: string, now: number): Answer | undefined {
    this.release(now);
    const decision = this.register.decisionOf(requestId);
    if (!decision) return undefined;
    return this.told.has(requestId) ? { requestId, ...decision } : { requestId, outcome: 'pending' };
  }

  duplicateOf(idNumber: unknown): { duplicate: boolean; number?: string; schoolCode?: string } {
    const holder = typeof idNumber === 'string' ? this.register.holderOf(idNumber) : undefined;
    return holder ? { duplicate: true, ...holder } : { duplicate: false };
  }

  knowsSchool(code: string): boolean {
    return /^\d{10}$/.test(code) && !this.behaviour.unknownSchools.includes(code);
  }

  figures(): Record<'requests' | 'asked' | 'lost' | 'waiting' | 'given' | 'numbers', number> {
    const asked = [...this.askings.values()].reduce((sum, times) => sum + times, 0);
    const { lost, onTheWay, given } = this;
    return {
      requests: this.askings.size,
      asked,
      lost,
      waiting: onTheWay.length,
      given: given.length,
      numbers: this.register.issued,
    };
  }

  close(): void {
    this.journal.close();
  }

  /** Gives out what has become ready. Its place among the answers is on the disk before anybody sees it. */
  private release(now: number): void {
    const ready = this.onTheWay.filter(({ at }) => at <= now);
    if (!ready.length) return;
    this.onTheWay = this.onTheWay.filter(({ at }) => at > now);
    const { shuffle, seed } = this.behaviour;
    const place = ({ requestId, at }: Delivery) => chance(seed, requestId, at, 'order');
    ready.sort((a, b) => (shuffle ? place(a) - place(b) : a.at - b.at));
    const given = ready.map(({ requestId, pending }) => ({ requestId, ...(pending && { pending }) }));
    this.journal.append({ given });
    this.give(given);
  }

  private give(given: Pick<Delivery, 'requestId' | 'pending'>[]): void {
    for (const { requestId, pending } of given) {
      if (!pending) this.told.add(requestId);
      this.given.push(
        pending ? { requestId, outcome: 'pending' } : { requestId, ...this.register.decisionOf(requestId)! },
      );
    }
  }

  private send(deliveries: Delivery[]): void {
    if (!deliveries.length) this.lost++;
    this.onTheWay.push(...deliveries);
  }

  private write(line: Line): void {
    this.journal.append(line);
    this.take(line);
  }

  /** Makes a line of the journal true in memory. */
  private take(line: Line): void {
    if ('behaviour' in line) this.behaviour = line.behaviour;
    else if ('asked' in line) {
      for (const { request, decision, deliveries } of line.asked) {
        this.askings.set(request.requestId, (this.askings.get(request.requestId) ?? 0) + 1);
        if (decision) this.register.record(request, decision);
        this.send(deliveries);
      }
    } else {
      for (const { requestId, pending } of line.given) {
        const at = this.onTheWay.findIndex((one) => one.requestId === requestId && one.pending === pending);
        if (at >= 0) this.onTheWay.splice(at, 1);
      }
      this.give(line.given);
    }
  }
}
