import { RequestKind } from './number-request';

/** One number asked for. The id number travels to the national system and nowhere else. */
export interface NationalRequest {
  requestId: string;
  kind: RequestKind;
  idNumber?: string;
  birthDate: string;
  sex: string;
  /** County-level division code of the school's place. */
  divisionCode: string;
  schoolCode: string;
}

export interface NationalAnswer {
  requestId: string;
  outcome: 'issued' | 'refused' | 'pending';
  number?: string;
  reason?: string;
}

/** The national system behind one port (FJ-RP5, GZ-SC3): numbers by batch, answers whenever they come. */
export abstract class NationalPort {
  /** Hands a batch over; no answer is waited for. @throws when it was not taken */
  abstract ask(batch: NationalRequest[]): Promise<void>;

  /** Answers after a cursor, in the order they were given, perhaps more than once. */
  abstract answers(after: string | undefined): Promise<{ answers: NationalAnswer[]; cursor?: string }>;
}

export class HttpNationalPort extends NationalPort {
  constructor(private readonly baseUrl: string) {
    super();
  }

  async ask(batch: NationalRequest[]): Promise<void> {
    await this.call('/requests', { method: 'POST', body: JSON.stringify({ requests: batch }) });
  }

  async answers(after: string | undefined): Promise<{ answers: NationalAnswer[]; cursor?: string }> {
    const query = after === undefined ? '' : `?after=${encodeURIComponent(after)}`;
    return (await this.call(`/answers${query}`, {})) as { answers: NationalAnswer[]; cursor?: string };
  }

  private async call(path: string, init: RequestInit): Promise<unknown> {
    const response = await fetch(new URL(path, this.baseUrl), {
      ...init,
      headers: { 'content-type': 'application/json' },
      signal: AbortSignal.timeout(10_000),
    });
    if (!response.ok) throw new Error(`the national system answered ${response.status}`);
    return response.json();
  }
}
