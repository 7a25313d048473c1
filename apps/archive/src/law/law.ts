import { Injectable } from '@nestjs/common';
import { loadCalendar, loadPolicy } from '#libs/policy';

/**
 * The packs and the working days, read and checked once at start. A county's own packs lie in the folder that
 * `XUEJI_EXTRA_PACKS_DIR` names.
 * @throws PolicyInvalid at start, naming file, parameter and reason of every fault
 */
@Injectable()
export class Law {
  readonly policy = loadPolicy({ extraPacksDir: process.env.XUEJI_EXTRA_PACKS_DIR || undefined });
  readonly calendar = loadCalendar();
}
