import { Injectable } from '@nestjs/common';
import type { ClientSession } from 'mongoose';
import type { Cohort } from './cohort';

/** Told, in the transaction of the change, of cohorts that got their first class, and of those whose first day moved. */
@Injectable()
export abstract class CohortsBegin {
  abstract begin(session: ClientSession, cohorts: Cohort[]): Promise<void>;
}
