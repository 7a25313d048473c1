import type { Policy, WorkingCalendar } from '#libs/policy';
import { stepDue } from '#libs/review';
import type { Clocks } from '../transfer/transfer';

/** The clocks of a step as its pack sets them (GZ-TR7, NAT-TR3, CZ-TR18), over the working days of its office. */
export const clocksOf = (policy: Policy, calendar: WorkingCalendar): Clocks => ({
  review: ({ pack, path }, arrivedOn, filedOn) => {
    const within = policy.pack(pack).setting<number>('transfer.review.within');
    const from = within.configured && within.startsAt === 'submission' ? filedOn : arrivedOn;
    return stepDue(within, from, calendar.forOffice(path));
  },
  handover: ({ pack, path }, approvedOn) => {
    const within = policy.pack(pack).setting<number>('transfer.handover.within');
    if (!within.configured || within.startsAt !== 'ownApproval') return undefined;
    return stepDue(within, approvedOn, calendar.forOffice(path));
  },
});
