import { Injectable } from '@nestjs/common';
import {
  loadCalendar,
  loadPolicy,
  NoneInForce,
  Policy,
  type LocalDate,
  type Pack,
  type WorkingCalendar,
} from '#libs/policy';
import { refuse, Settings, type Refused } from '#libs/service-kit';
import { lineAt } from '../places/office';
import { OfficeRepository } from '../places/office.repository';

/**
 * The packs as they hold at a place. All packs are read and checked at start; a county's own lie in the folder that
 * `XUEJI_EXTRA_PACKS_DIR` names, and `XUEJI_PACKS_DIR` puts another folder in place of those that come with the program.
 * @throws PolicyInvalid at start, naming file, parameter and reason of every fault
 */
@Injectable()
export class Policies {
  readonly policy: Policy;
  readonly calendar: WorkingCalendar = loadCalendar();

  constructor(
    private readonly offices: OfficeRepository,
    { packsDir, extraPacksDir }: Settings,
  ) {
    this.policy = loadPolicy({ packsDir, extraPacksDir });
  }

  /** Line that judges at a path on a day: the nearest one up the path. */
  async lineFor(path: string, on: LocalDate): Promise<string> {
    return lineAt(path, on, await this.offices.on(path));
  }

  /** @throws Refused `no-pack-in-force` (422) when the line has no pack for that day (GZ-SC5) */
  async packFor(path: string, on: LocalDate): Promise<Pack> {
    return this.packOf(await this.lineFor(path, on), on, path);
  }

  /** Like `packFor`, for a line by name. */
  packOf(line: string, on: LocalDate, path?: string): Pack {
    try {
      return this.policy.packAt(line, on, path);
    } catch (fault) {
      if (fault instanceof NoneInForce) throw noneInForce(fault);
      throw fault;
    }
  }
}

const noneInForce = ({ line, on, startsOn }: NoneInForce): Refused =>
  refuse('no-pack-in-force', {
    status: 422,
    title: { zh: '当日没有生效的规则', en: 'No rules in force on that day' },
    detail: {
      zh: `规则线“${line}”在${on}没有生效的文本${startsOn ? `，最早自${startsOn}起施行` : ''}。`,
      en: `The line "${line}" has no text in force on ${on}${startsOn ? `; the next one starts on ${startsOn}` : ''}.`,
    },
    remedy: { zh: '请核对日期，或为该地设置规则线。', en: 'Check the date, or set a line for the place.' },
    facts: { line, on, ...(startsOn && { startsOn }) },
  });
