import { Injectable } from '@nestjs/common';
import { loadCalendar, loadPolicy, Policy } from '#libs/policy';
import { Settings } from '#libs/service-kit';
import { clocksOf } from './clocks';
import { Clocks } from '../transfer/transfer';

/**
 * The packs and the working days, read and checked once at start. A county's own packs lie in the folder that
 * `XUEJI_EXTRA_PACKS_DIR` names; `XUEJI_PACKS_DIR` puts another folder in place of the packs of the program.
 * @throws PolicyInvalid at start, naming file, parameter and reason of every fault
 */
@Injectable()
export class Law {
  readonly policy: Policy;
  readonly calendar = loadCalendar();

  /** How long offices have: by the pack that judges the step, over the working days of the office. */
  readonly clocks: Clocks;

  constructor({ packsDir, extraPacksDir }: Settings) {
    this.policy = loadPolicy({ packsDir, extraPacksDir });
    this.clocks = clocksOf(this.policy, this.calendar);
  }
}
