import { createHash } from 'node:crypto';
import { dueText, NameOf, pathOf, wordingOf } from '../inbox/wording';
import { Delivery } from './delivery';

export interface Mail {
  messageId: string;
  subject: string;
  text: string;
}

/** The same delivery to the same account has one id for ever, by which mail servers and readers drop a second copy. */
const messageIdOf = (delivery: string, account: string, from: string): string => {
  const digest = createHash('sha256').update(`${delivery}\u0000${account}`).digest('hex').slice(0, 40);
  return `<${digest}@${from.slice(from.lastIndexOf('@') + 1)}>`;
};

/** Who, what, until when, where. No child's name or number stands in a mail, and none could: an item knows none. */
export const writeMail = (
  delivery: Pick<Delivery, '_id' | 'office' | 'content' | 'dueOn' | 'reminder'>,
  to: { account: string; nameOf: NameOf; from: string; publicUrl: string },
): Mail => {
  const { office, content, dueOn, reminder } = delivery;
  const { title, text } = wordingOf(content, to.nameOf);
  const due = dueText(dueOn);
  const name = to.nameOf(office);
  const link = `${to.publicUrl}${pathOf(content)}`;
  const again = reminder ? { zh: '催办：', en: 'Reminder: ' } : { zh: '', en: '' };
  const until = dueOn ? { zh: `（${dueOn} 前）`, en: ` by ${dueOn}` } : { zh: '', en: '' };
  // A count is of the moment of reading; in a mail it would be of the moment of sending, so the inbox gives it.
  const counted = content.kind === 'intakeReturned';
  const body = counted
    ? {
        zh: '有新生学籍被退回，请登录查看并更正。',
        en: 'Children of the intake were returned. Sign in to see and correct them.',
      }
    : text;
  return {
    messageId: messageIdOf(delivery._id, to.account, to.from),
    subject: `【学籍】${again.zh}${title.zh}${until.zh} / ${again.en}${title.en}${until.en}`,
    text: [
      `${again.zh}${title.zh}`,
      '',
      `单位：${name}（${office}）`,
      `事项：${body.zh}`,
      `期限：${due.zh}`,
      `办理：${link}`,
      '',
      '本邮件由系统自动发出，请勿回复。',
      '',
      '----',
      '',
      `${again.en}${title.en}`,
      '',
      `Office: ${name} (${office})`,
      `What: ${body.en}`,
      `Last day: ${due.en}`,
      `Where: ${link}`,
      '',
      'Sent by the system; replies are not read.',
      '',
    ].join('\n'),
  };
};
