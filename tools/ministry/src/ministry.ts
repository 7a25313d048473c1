export interface NumberRequest {
  requestId: string;
  kind: 'issue-G' | 'issue-L' | 'convert-to-G';
  idNumber?: string;
  birthDate: string;
  sex: string;
  divisionCode: string;
  schoolCode: string;
}

export interface NumberAnswer {
  requestId: string;
  outcome: 'issued' | 'refused';
  number?: string;
  reason?: string;
}

/**
 * `prompt`: everything answered at once. `moody`: every fifth request is lost the first time it is asked, every seventh
 * answer is given twice, and a batch is answered from its end. `silent`: nothing is answered.
 */
export type Behaviour = 'prompt' | 'moody' | 'silent';

export interface MinistryState {
  /** What was decided, by request: the same question always has the same answer. */
  decided: Record<string, NumberAnswer>;
  /** Official numbers by ID number: one person, one number. */
  persons: Record<string, string>;
  /** Answers in the order they were given out; a cursor is a place in it. */
  given: NumberAnswer[];
  asked: Record<string, number>;
  serial: number;
  lost: number;
}

const lots = 100;

/** The played national system. Its promises hold however moody it is: no person and no request gets two numbers. */
export class Ministry {
  constructor(
    private state: MinistryState = { decided: {}, persons: {}, given: [], asked: {}, serial: 0, lost: 0 },
    private readonly save: (state: MinistryState) => void,
    private behaviour: Behaviour = 'moody',
  ) {}

  behave(behaviour: Behaviour): void {
    this.behaviour = behaviour;
  }

  ask(requests: readonly NumberRequest[]): void {
    const fresh: NumberAnswer[] = [];
    for (const request of requests) {
      const times = (this.state.asked[request.requestId] ?? 0) + 1;
      this.state.asked[request.requestId] = times;
      if (this.behaviour === 'silent') continue;
      if (this.behaviour === 'moody' && times === 1 && Object.keys(this.state.asked).length % 5 === 0) {
        this.state.lost += 1;
        continue;
      }
      const answer = this.decide(request);
      fresh.push(answer);
      if (this.behaviour === 'moody' && fresh.length % 7 === 0) fresh.push(answer);
    }
    this.state.given.push(...(this.behaviour === 'moody' ? fresh.reverse() : fresh));
    this.save(this.state);
  }

  /** A part of what was given after the cursor. */
  answers(after: string | undefined): { answers: NumberAnswer[]; cursor: string } {
    const from = Number(after ?? '0');
    const answers = this.state.given.slice(from, from + lots);
    return { answers, cursor: String(from + answers.length) };
  }

  figures(): { asked: number; lost: number; given: number; numbers: number } {
    const { asked, lost, given, decided } = this.state;
    return {
      asked: Object.values(asked).reduce((sum, times) => sum + times, 0),
      lost,
      given: given.length,
      numbers: new Set(Object.values(decided).flatMap(({ number }) => number ?? [])).size,
    };
  }

  private decide(request: NumberRequest): NumberAnswer {
    const known = this.state.decided[request.requestId];
    if (known) return known;
    const answer = this.judge(request);
    this.state.decided[request.requestId] = answer;
    return answer;
  }

  private judge({ requestId, kind, idNumber, birthDate, divisionCode }: NumberRequest): NumberAnswer {
    if (kind === 'issue-L') {
      this.state.serial += 1;
      const serial = String(this.state.serial % 10_000).padStart(4, '0');
      return { requestId, outcome: 'issued', number: `L${divisionCode}${birthDate.replaceAll('-', '')}${serial}` };
    }
    if (!idNumber) return { requestId, outcome: 'refused', reason: 'no-id-number' };
    if (this.state.persons[idNumber]) return { requestId, outcome: 'refused', reason: 'duplicate' };
    const number = `G${idNumber}`;
    this.state.persons[idNumber] = number;
    return { requestId, outcome: 'issued', number };
  }
}
