import type { ProblemItem } from '#libs/contracts';
import type { BindingCap } from '#libs/policy';

export const fullClass = (className: string, cap: BindingCap): ProblemItem => ({
  field: '班级',
  code: 'class-full',
  message: {
    zh: `${className}已满：上限${cap.value}人。`,
    en: `${className} is full: its cap is ${cap.value} pupils.`,
  },
  remedy:
    cap.setting.strength === 'PRINCIPLE'
      ? {
          zh: '请编入其他班；确需超过的，由有权人员说明理由后放宽。',
          en: 'Place the child in another class, or have the rule in principle set aside with a reason.',
        }
      : { zh: '请编入其他班。', en: 'Place the child in another class.' },
  citation: cap.setting.citation,
  facts: { cap: cap.value },
});
