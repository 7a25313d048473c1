import type { OfficeKind, ProblemItem, Role } from '#libs/contracts';
import type { LocalDate } from '#libs/policy';

/** Roles of the people of a school, and of the record office of an authority. The others may be held at any office. */
const atSchools: readonly Role[] = ['clerk', 'deputyHead', 'classTeacher'];
const atAuthorities: readonly Role[] = ['officer'];
const aboveRoots: readonly Role[] = ['administrator', 'operator', 'auditor'];

/** Whether a role belongs at an office of a kind; `top` is the place above every root. */
export const belongsAt = (role: Role, kind: OfficeKind | 'top'): boolean => {
  if (kind === 'top') return aboveRoots.includes(role);
  return kind === 'school' ? !atAuthorities.includes(role) : !atSchools.includes(role);
};

interface Period {
  from: LocalDate;
  to?: LocalDate;
}

const overlap = (a: Period, b: Period): boolean =>
  (b.to === undefined || a.from <= b.to) && (a.to === undefined || b.from <= a.to);

/**
 * What is wrong with a post to be held.
 * @param office where it is held: kind and period of the office; `top` above every root
 * @param held posts of the same account with the same role at the same office
 */
export const problemsOfPost = (
  wanted: Period & { role: Role },
  office: { kind: OfficeKind | 'top'; name: string } & Partial<Period>,
  held: readonly Period[],
): ProblemItem[] => {
  const found: ProblemItem[] = [];
  if (!belongsAt(wanted.role, office.kind)) {
    found.push({
      field: 'role',
      code: 'role-of-another-office',
      message: {
        zh: `${office.name}不设这种岗位。`,
        en: `The role ${wanted.role} is not held at an office of kind ${office.kind}.`,
      },
      remedy: {
        zh: '学籍管理员、分管领导、班主任在学校任职，主管机构人员在主管机构任职。',
        en: 'Clerks, deputy heads and class teachers are held at schools, officers at authorities.',
      },
    });
  }
  if (wanted.to !== undefined && wanted.to < wanted.from) {
    found.push({
      field: 'to',
      code: 'ends-before-it-begins',
      message: { zh: '任职截止日不得早于开始日。', en: 'The last day of a post does not lie before its first.' },
    });
  }
  if ((office.from && wanted.from < office.from) || (office.to && (wanted.to ?? '9999-12-31') > office.to)) {
    found.push({
      field: 'from',
      code: 'office-not-standing',
      message: {
        zh: `任职期须在${office.name}存续期内。`,
        en: 'A post lies within the time in which its office exists.',
      },
      facts: { from: office.from, ...(office.to && { to: office.to }) },
    });
  }
  if (held.some((one) => overlap(one, wanted))) {
    found.push({
      field: 'account',
      code: 'already-held',
      message: { zh: '该账号在此期间已担任同一岗位。', en: 'The account holds this very post in that time already.' },
    });
  }
  return found;
};

/**
 * What is wrong with the last day to be set for a post. Yesterday takes it away at once; an earlier day would make acts
 * unrightful that were done under it.
 * @param yesterday day before today
 */
export const problemsOfEnd = (post: Period, to: LocalDate, yesterday: LocalDate): ProblemItem[] => {
  if (to >= yesterday && (post.to === undefined || to < post.to)) return [];
  return [
    {
      field: 'to',
      code: to < yesterday ? 'ends-in-the-past' : 'ended-already',
      message:
        to < yesterday
          ? {
              zh: '截止日最早为昨天：已依岗位办理的事项不受影响。',
              en: 'The last day is yesterday at the earliest: what was done under the post stays rightful.',
            }
          : { zh: `该岗位已于${post.to}截止。`, en: `The post ends on ${post.to} already.` },
      facts: { from: post.from, ...(post.to && { to: post.to }) },
    },
  ];
};
