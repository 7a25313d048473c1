import { Injectable } from '@nestjs/common';
import { parameters, type NotConfigured, type Pack, type ParameterName } from '#libs/policy';

/** How many records at and under an office path lack a check because a value is open. */
export type RecordCount = (path: string) => Promise<number>;

export interface OpenParameter {
  parameter: string;
  description: string;
  /** Article that names the matter and leaves the value out; absent where every text is silent. */
  citation?: NotConfigured['citation'];
  /** Records under the office that a check was not made for; absent where nobody counts them. */
  records?: number;
}

/** Values that no text in force at a place gives (R5-01). Whoever marks records for want of a value counts them here. */
@Injectable()
export class OpenParameters {
  private readonly counters = new Map<ParameterName, RecordCount>();

  /** @throws Error when the records of a parameter are counted already */
  countBy(parameter: ParameterName, count: RecordCount): void {
    if (this.counters.has(parameter)) throw new Error(`records of ${parameter} are counted already`);
    this.counters.set(parameter, count);
  }

  /** Those that records wait for first, then those that an article names, then those that every text is silent on. */
  async of(pack: Pack, path: string): Promise<OpenParameter[]> {
    const open: OpenParameter[] = [];
    for (const parameter of Object.keys(parameters) as ParameterName[]) {
      const setting = pack.setting<unknown>(parameter);
      if (setting.configured) continue;
      const records = await this.counters.get(parameter)?.(path);
      open.push({
        parameter,
        description: parameters[parameter].description,
        ...(setting.citation && { citation: setting.citation }),
        ...(records !== undefined && { records }),
      });
    }
    return open.sort(
      (a, b) =>
        (b.records ?? 0) - (a.records ?? 0) || Number(b.citation !== undefined) - Number(a.citation !== undefined),
    );
  }
}
