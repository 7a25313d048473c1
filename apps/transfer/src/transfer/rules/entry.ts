import type { Configured, Pack } from '#libs/policy';
import type { Citation } from '#libs/contracts';
import type { Application } from '../application';
import type { Side, Situation } from '../situation';
import { checkBy, TransferRule } from './check';

type Exception = 'inclusivePlacement' | 'specialSchool' | 'reformSchool';

/** Cases in which a school may take the student before the record moves, as the pack allows them. */
const allowedEarly = (pack: Pack, side: Pick<Side, 'school'>, placement: Application['placement']): boolean => {
  const exceptions: Configured<Exception[]> | { configured: false } = pack.setting<Exception[]>(
    'transfer.entryBeforeApproval.exceptions',
  );
  if (!exceptions.configured) return false;
  const type = side.school.school?.type;
  return (
    (type === 'special' && exceptions.value.includes('specialSchool')) ||
    (type === 'reform' && exceptions.value.includes('reformSchool')) ||
    (placement === 'inclusivePlacement' && exceptions.value.includes('inclusivePlacement'))
  );
};

/** GZ-TR10, NAT-TR5: a school takes no student whose transfer is unfinished; whoever studies there already is such a one. */
export const notTakenBefore: TransferRule = ({ application, in: side, on }: Situation, pack) => {
  const exceptions = pack.setting('transfer.entryBeforeApproval.exceptions');
  const first = application.firstDayOfStudy;
  if (!exceptions.configured || first === undefined) return [];
  const broken = first < on && !allowedEarly(pack, side, application.placement);
  return [
    checkBy(exceptions, {
      outcome: broken ? 'broken' : 'met',
      mustAct: 'inSchool',
      message: broken
        ? {
            zh: `计划于${first}入读，早于申请日${on}：转学未办结，不得以试读等形式接收。`,
            en: `Study is to begin on ${first}, before the filing on ${on}: a student whose transfer is unfinished is not taken, not even on trial.`,
          }
        : { zh: '没有在办结前接收学生。', en: 'The student is not taken before the end of the transfer.' },
      remedy: {
        zh: '学生在原学校就读至审核通过；请改填审核通过后的入读日期。',
        en: 'The student stays at the old school until approval; give a first day after it.',
      },
      facts: { firstDayOfStudy: first, filedOn: on, exceptions: exceptions.value },
    }),
  ];
};

/**
 * The rule that a first day of study before the approval breaks (GZ-TR8); undefined where an exception of the pack lets
 * the school take the student early, or no first day is planned.
 */
export const againstEarlyStudy = (
  plan: Pick<Application, 'firstDayOfStudy' | 'placement'>,
  side: Pick<Side, 'school'>,
  pack: Pack,
): Citation | undefined => {
  const exceptions = pack.setting('transfer.entryBeforeApproval.exceptions');
  if (!exceptions.configured || !plan.firstDayOfStudy || allowedEarly(pack, side, plan.placement)) return undefined;
  return (pack.rule('GZ-TR8') ?? exceptions).citation;
};
