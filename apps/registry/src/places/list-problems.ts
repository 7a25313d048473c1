import type { ProblemItem } from '#libs/contracts';
import { refuse } from '#libs/service-kit';

/** What is wrong with the entries of a list that is carried out whole or not at all, each by its place and field. */
export class ListProblems {
  private readonly items: ProblemItem[] = [];
  private readonly wrong = new Set<number>();

  /** @param list name of the list in the request: a problem is named `offices.3.parent` */
  constructor(
    private readonly list: string,
    private readonly size: number,
  ) {}

  add(index: number, ...problems: ProblemItem[]): void {
    for (const problem of problems) {
      this.wrong.add(index);
      const place = `${this.list}.${index}`;
      this.items.push({ ...problem, field: problem.field ? `${place}.${problem.field}` : place });
    }
  }

  /** @throws Refused `list-refused` (422) when anything is wrong anywhere */
  refuseIfAny(): void {
    if (this.items.length === 0) return;
    throw refuse('list-refused', {
      status: 422,
      title: { zh: '清单中有不能办理的项', en: 'Entries of the list cannot be carried out' },
      detail: {
        zh: `${this.size}项中有${this.wrong.size}项有问题，整份清单均未办理。`,
        en: `${this.wrong.size} of ${this.size} entries are wrong; none of the list was carried out.`,
      },
      remedy: {
        zh: '请按各项提示修改后整份重新提交。',
        en: 'Correct the entries named and send the whole list again.',
      },
      items: this.items,
    });
  }
}

/** The refusal of a single command for what is wrong with it; none when nothing is. @throws Refused `refused` (422) */
export const refuseIfAny = (items: ProblemItem[]): void => {
  if (items.length === 0) return;
  throw refuse('refused', {
    status: 422,
    title: { zh: '不能办理', en: 'Cannot be carried out' },
    detail: items[0].message,
    remedy: items[0].remedy ?? { zh: '请按提示修改后重新提交。', en: 'Correct what is named and send again.' },
    ...(items[0].citation && { citation: items[0].citation }),
    items,
  });
};

/** The answer for an office that is not there, and for one outside the posts of the caller. */
export const noSuchOffice = (field: string, id: string): ProblemItem => ({
  field,
  code: 'no-such-office',
  message: {
    zh: `没有机构${id}，或者您的岗位无权管理。`,
    en: `There is no office ${id}, or none that your post manages.`,
  },
  remedy: { zh: '请核对代码，或请上级管理员办理。', en: 'Check the code, or ask the administrator above.' },
});
