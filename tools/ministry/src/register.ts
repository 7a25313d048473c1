import { formFault, NumberRequest } from './request';

export type Decision = { outcome: 'issued'; number: string } | { outcome: 'refused'; reason: string };

export interface Rules {
  /** A person who has a number, asked for under another id: refused, or given the same number once more. */
  refuseDuplicates: boolean;
  /** School codes that the played system has never heard of. */
  unknownSchools: string[];
}

/**
 * The numbers of the country. It decides each request once: whatever the mood of the line to it, no request and no person
 * gets a second number, and no number goes to two.
 */
export class Register {
  private readonly decisions = new Map<string, Decision>();
  /** Official number by ID number, with the school that asked. */
  private readonly persons = new Map<string, { number: string; schoolCode: string }>();
  /** Temporary numbers, and what replaced them. */
  private readonly temporary = new Map<string, { replacedBy?: string }>();
  /** Last serial by division and birth date. */
  private readonly serials = new Map<string, number>();

  decisionOf(requestId: string): Decision | undefined {
    return this.decisions.get(requestId);
  }

  holderOf(idNumber: string): { number: string; schoolCode: string } | undefined {
    return this.persons.get(idNumber);
  }

  get issued(): number {
    return this.persons.size + this.temporary.size;
  }

  /** Decides a request that has not been decided. */
  decide(request: NumberRequest, rules: Rules): Decision {
    const decision = this.judge(request, rules);
    this.record(request, decision);
    return decision;
  }

  /** Takes in what was decided, now or before the last start. */
  record(request: NumberRequest, decision: Decision): void {
    this.decisions.set(request.requestId, decision);
    if (decision.outcome === 'refused') return;
    if (request.kind === 'issue-L') {
      this.temporary.set(decision.number, {});
      this.serials.set(decision.number.slice(1, 15), Number(decision.number.slice(15)));
      return;
    }
    if (!this.persons.has(request.idNumber!))
      this.persons.set(request.idNumber!, { number: decision.number, schoolCode: request.schoolCode });
    if (request.fromNumber) this.temporary.set(request.fromNumber, { replacedBy: decision.number });
  }

  private judge(request: NumberRequest, rules: Rules): Decision {
    const fault =
      formFault(request) ?? (rules.unknownSchools.includes(request.schoolCode) ? 'unknown-school' : undefined);
    if (fault) return { outcome: 'refused', reason: fault };
    if (request.kind === 'issue-L') return this.nextTemporary(request);
    const number = `G${request.idNumber}`;
    if (request.kind === 'convert-to-G' && request.fromNumber) {
      const from = this.temporary.get(request.fromNumber);
      if (!from) return { outcome: 'refused', reason: 'unknown-number' };
      if (from.replacedBy && from.replacedBy !== number) return { outcome: 'refused', reason: 'already-converted' };
    }
    if (this.persons.has(request.idNumber!) && rules.refuseDuplicates)
      return { outcome: 'refused', reason: 'duplicate' };
    return { outcome: 'issued', number };
  }

  private nextTemporary({ divisionCode, birthDate }: NumberRequest): Decision {
    const place = `${divisionCode}${birthDate.replaceAll('-', '')}`;
    const serial = (this.serials.get(place) ?? 0) + 1;
    if (serial > 9_999) return { outcome: 'refused', reason: 'serials-exhausted' };
    return { outcome: 'issued', number: `L${place}${String(serial).padStart(4, '0')}` };
  }
}
