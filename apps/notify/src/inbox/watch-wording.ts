import type { LetterRecipient, Text } from '#libs/contracts';
import type { WatchContent } from './item';
import type { NameOf, Wording } from './worded';

const recipients: Record<LetterRecipient, Text> = {
  township: { zh: '乡镇人民政府', en: 'the township government' },
  community: { zh: '社区（村）', en: 'the community' },
  county: { zh: '县级教育局', en: 'the county' },
  recordAuthority: { zh: '学籍主管部门', en: 'the record authority' },
};

const matters: Record<'suspicion' | 'dropout' | 'withdrawal', Text> = {
  suspicion: { zh: '疑似辍学，启动劝返复学', en: 'a suspected dropout, which starts the return procedure' },
  dropout: { zh: '学生辍学', en: 'a dropout' },
  withdrawal: { zh: '撤销此前的函件', en: 'taking an earlier letter back' },
};

/** The words of what attendance tells. The child is found by the number of the watch or of the letter, never named. */
export const watchWordingOf = (content: WatchContent, nameOf: NameOf): Wording => {
  switch (content.kind) {
    case 'rollCallMissing':
      return {
        title: { zh: '当日未点名', en: 'No roll call today' },
        text: {
          zh: `班级 ${content.class} 在 ${content.day} 没有点名，学生出勤情况未知，请点名或补录。`,
          en: `Class ${content.class} was not called on ${content.day}: what its children did is unknown. Take the roll call, or enter it.`,
        },
      };
    case 'homeVisit':
      return {
        title: { zh: '疑似辍学，请家访', en: 'Suspected dropout: visit the home' },
        text: {
          zh: `一名学生自 ${content.suspectedOn} 起为疑似辍学（监测 ${content.watch}），请家访劝返并登记家访记录。`,
          en: `A child is a suspected dropout from ${content.suspectedOn} on (watch ${content.watch}). Visit the home and record the visit.`,
        },
      };
    case 'reportSuspicion':
      return {
        title: { zh: '家访无果，请上报', en: 'Home visit in vain: report it' },
        text: {
          zh: `监测 ${content.watch} 家访劝说无果，请上报县级教育局备案，同时致函乡镇人民政府和社区。`,
          en: `The home visit of watch ${content.watch} was in vain. Report it to the county and write to township and community.`,
        },
      };
    case 'letterToSend': {
      const to = recipients[content.to];
      const about = matters[content.about];
      return {
        title: { zh: '函件待发出', en: 'A letter to send' },
        text: {
          zh: `第 ${content.no} 号函件致${to.zh}：${about.zh}，请打印发出。`,
          en: `Letter ${content.no} to ${to.en} on ${about.en}: print it and send it.`,
        },
      };
    }
    case 'suspicionReported':
      return {
        title: { zh: '疑似辍学备案', en: 'Suspected dropout, for information' },
        text: {
          zh: `${nameOf(content.school)}以第 ${content.no} 号函上报一名疑似辍学学生（监测 ${content.watch}），供备案。`,
          en: `${nameOf(content.school)} reports a suspected dropout by letter ${content.no} (watch ${content.watch}), for information.`,
        },
      };
    case 'dropoutProposed':
      return {
        title: { zh: '劝返期满，请确认', en: 'The time to come back has passed' },
        text: {
          zh: `监测 ${content.watch} 的劝返期至 ${content.lastDay} 已满，学生未返校，请确认是否标注辍学。`,
          en: `The child of watch ${content.watch} could come back until ${content.lastDay} and did not. Confirm the dropout, or correct the roll calls.`,
        },
      };
    case 'dropoutReported':
      return {
        title: { zh: '学生辍学书面报告', en: 'Written report of a dropout' },
        text: {
          zh: `${nameOf(content.school)}以第 ${content.no} 号函书面上报一名学生辍学（监测 ${content.watch}），学籍继续保留。`,
          en: `${nameOf(content.school)} reports a dropout in writing by letter ${content.no} (watch ${content.watch}); the record stays open.`,
        },
      };
    case 'reportWithdrawn':
      return {
        title: { zh: '报告已撤销', en: 'A report was taken back' },
        text: {
          zh: `${nameOf(content.school)}以第 ${content.no} 号函撤销第 ${content.withdraws} 号函：原报告所依据的情况已更正。`,
          en: `${nameOf(content.school)} takes letter ${content.withdraws} back by letter ${content.no}: what it rested on was corrected.`,
        },
      };
  }
};
