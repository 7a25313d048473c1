import { Injectable } from '@nestjs/common';
import { loadCalendar, loadPolicy } from '#libs/policy';

/**
 * The packs and the working days, read and checked once at start. A county's own packs lie in the folder that
 * `XUEJI_EXTRA_PACKS_DIR` names; `XUEJI_PACKS_DIR` puts another folder in place of the packs of the program.
 * @throws PolicyInvalid at start, naming file, parameter and reason of every fault
 */
@Injectable()
export class Law {
  readonly policy = loadPolicy({
    packsDir: process.env.XUEJI_PACKS_DIR || undefined,
    extraPacksDir: process.env.XUEJI_EXTRA_PACKS_DIR || undefined,
  });
  readonly calendar = loadCalendar();
}
