import { Checked, halfWidth, problem } from './check';

/** Checks a telephone number of the mainland: mobile, or landline with area code; gives digits, `-` after the area code. */
export const checkPhone = (text: string): Checked => {
  const phone = halfWidth(text)
    .replace(/[－–—]/g, '-')
    .replace(/[\s()（）]/g, '')
    .replace(/^(\+|00)86-?/, '');
  const mobile = phone.replace(/-/g, '');
  if (/^1[3-9]\d{9}$/.test(mobile)) return { value: mobile, problems: [], warnings: [] };
  const landline = /^(010|02\d|0[3-9]\d{2})-?(\d{7,8})(?:(?:-|转)(\d{1,6}))?$/.exec(phone);
  if (landline) {
    const [, area, number, extension] = landline;
    return { value: [area, number, extension].filter(Boolean).join('-'), problems: [], warnings: [] };
  }
  return {
    problems: [
      problem(
        'phone-form',
        { zh: `“${text.trim()}”不是有效的电话号码。`, en: `"${text.trim()}" is no telephone number.` },
        {
          zh: '请填11位手机号，或带区号的固定电话，如 0851-12345678。',
          en: 'Give an 11-digit mobile number, or a landline with area code such as 0851-12345678.',
        },
      ),
    ],
    warnings: [],
  };
};
