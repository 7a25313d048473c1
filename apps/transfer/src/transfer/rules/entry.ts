import type { Configured, LocalDate, Pack } from '#libs/policy';
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

/** A first day of study earlier than the approval is a violation of the receiving school, flagged on the case (GZ-TR8). */
export const studiedBeforeApproval = (
  plan: Pick<Application, 'firstDayOfStudy' | 'placement'>,
  side: Pick<Side, 'school'>,
  approvedOn: LocalDate,
  pack: Pack,
): { rule: string; citation: Citation; facts: Record<string, unknown> } | undefined => {
  const exceptions = pack.setting('transfer.entryBeforeApproval.exceptions');
  const { firstDayOfStudy } = plan;
  if (!exceptions.configured || !firstDayOfStudy || firstDayOfStudy >= approvedOn) return undefined;
  if (allowedEarly(pack, side, plan.placement)) return undefined;
  const { citation } = pack.rule('GZ-TR8') ?? exceptions;
  return { rule: citation.rule, citation, facts: { firstDayOfStudy, approvedOn } };
};
