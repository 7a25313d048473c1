import type { Act, Stage, Text } from '#libs/contracts';
import type { LocalDate } from '#libs/policy';
import { courseWording } from './course-wording';
import type { Content } from './item';
import { watchWordingOf } from './watch-wording';
import type { NameOf, Wording } from './worded';

export type { NameOf, Wording } from './worded';

const acts: Record<Act, Text> = {
  confirm: { zh: '确认', en: 'confirm' },
  review: { zh: '审核', en: 'review' },
  approve: { zh: '批准', en: 'decide on' },
  register: { zh: '登记', en: 'register' },
  fileForInformation: { zh: '备案', en: 'take note of' },
};

const parties: Record<string, Text> = {
  outSchool: { zh: '转出学校', en: 'the sending school' },
  outAuthority: { zh: '转出主管部门', en: 'the sending authority' },
  inSchool: { zh: '转入学校', en: 'the receiving school' },
  inAuthority: { zh: '转入主管部门', en: 'the receiving authority' },
};
const partyOf = (step: string): Text => parties[step] ?? { zh: step, en: step };

const outcomes: Record<Extract<Content, { kind: 'ended' }>['outcome'], Text> = {
  holdRefused: { zh: '学籍不能锁定，申请未受理', en: 'the record could not be held, so the filing was not taken up' },
  refused: { zh: '不同意', en: 'it was refused' },
  withdrawn: { zh: '申请已撤回', en: 'it was withdrawn' },
  moveRefused: { zh: '学籍变更被拒绝', en: 'the change of the record was refused' },
};

const stages: Record<Stage, Text> = {
  primary: { zh: '小学', en: 'primary' },
  junior: { zh: '初中', en: 'junior' },
  senior: { zh: '高中', en: 'senior' },
};

/** The words of an item. @param count children that it stands for, where it stands for some */
export const wordingOf = (content: Content, nameOf: NameOf, count = 0): Wording => {
  switch (content.kind) {
    case 'rollCallMissing':
    case 'homeVisit':
    case 'reportSuspicion':
    case 'dropoutProposed':
    case 'letterToSend':
    case 'suspicionReported':
    case 'dropoutReported':
    case 'reportWithdrawn':
      return watchWordingOf(content, nameOf);
    case 'completionSubmitted':
    case 'completionReturned':
    case 'completionConfirmed':
    case 'placementStep':
    case 'placementOverdue':
    case 'placementCompleted':
    case 'placementCompared':
    case 'closingAnnounced':
    case 'filesToKeep':
      return courseWording(content, nameOf);
    case 'step': {
      const act = acts[content.act];
      const party = partyOf(content.step);
      return {
        title: { zh: `转学待${act.zh}`, en: `Transfer to ${act.en}` },
        text: {
          zh: `请以${party.zh}的身份${act.zh}转学事项 ${content.caseId}。`,
          en: `As ${party.en}, ${act.en} transfer ${content.caseId}.`,
        },
      };
    }
    case 'overdue': {
      const late = nameOf(content.lateOffice);
      return {
        title: { zh: '下级逾期未办', en: 'Overdue below you' },
        text: {
          zh: `${late}（${partyOf(content.step).zh}）逾期未办理转学事项 ${content.caseId}，请督促。逾期不视为同意。`,
          en: `${late}, ${partyOf(content.step).en}, has not acted on transfer ${content.caseId} in time. See that it does; silence approves nothing.`,
        },
      };
    }
    case 'handoverOverdue': {
      const late = nameOf(content.lateOffice);
      return {
        title: { zh: '转学手续逾期未完', en: 'Handover overdue below you' },
        text: {
          zh: `${late}（${partyOf(content.step).zh}）同意转学事项 ${content.caseId} 后，手续逾期未办完，请督促。`,
          en: `The handover of transfer ${content.caseId} is not done within the time after ${late}, ${partyOf(content.step).en}, agreed. See that it is.`,
        },
      };
    }
    case 'refusalListed': {
      const by = nameOf(content.refusedBy);
      return {
        title: { zh: '不同意理由待核查', en: 'A refusal to look into' },
        text: {
          zh: `${by}不同意转学事项 ${content.caseId}，所列理由（${content.ground}）没有依据或与事实不符，请核查。`,
          en: `${by} refused transfer ${content.caseId} on a ground (${content.ground}) that the text does not know or the facts disprove. Look into it.`,
        },
      };
    }
    case 'completed':
      return {
        title: { zh: '转学已办结', en: 'Transfer completed' },
        text: {
          zh: `转学事项 ${content.caseId} 已办结，学籍已于 ${content.movedOn} 变更。`,
          en: `Transfer ${content.caseId} is completed; the record moved on ${content.movedOn}.`,
        },
      };
    case 'ended':
      return {
        title: { zh: '转学已终止', en: 'Transfer ended' },
        text: {
          zh: `转学事项 ${content.caseId} 已终止：${outcomes[content.outcome].zh}。`,
          en: `Transfer ${content.caseId} ended without a move: ${outcomes[content.outcome].en}.`,
        },
      };
    case 'intakeSubmitted':
      return {
        title: { zh: '新生学籍待审核', en: 'Intake to review' },
        text: {
          zh: `${nameOf(content.school)} ${content.day} 提交的新生中有 ${count} 人待审核。`,
          en: `${count} of the children that ${nameOf(content.school)} submitted on ${content.day} wait for review.`,
        },
      };
    case 'intakeReturned':
      return {
        title: { zh: '新生学籍被退回', en: 'Intake returned' },
        text: {
          zh: `${nameOf(content.authority)} ${content.day} 退回的新生中有 ${count} 人待更正后重新提交。`,
          en: `${count} of the children that ${nameOf(content.authority)} returned on ${content.day} wait to be corrected and submitted again.`,
        },
      };
    case 'filesDueSoon': {
      const stage = stages[content.stage];
      return {
        title: { zh: '新生建档即将到期', en: 'Files of new pupils are due' },
        text: {
          zh: `${stage.zh}${content.entryYear}级新生学籍须于 ${content.lastDay} 前（含当日）建立，尚有未完成的班级或学生，请抓紧办理。`,
          en: `The files of the ${stage.en} pupils of ${content.entryYear} are to be made by ${content.lastDay}, that day included; some are not made yet.`,
        },
      };
    }
    case 'filesLate': {
      const stage = stages[content.stage];
      const school = nameOf(content.school);
      return {
        title: { zh: '新生建档逾期', en: 'Files of new pupils are late' },
        text: {
          zh: `${school}${stage.zh}${content.entryYear}级新生学籍未按期建立，详见逾期未建档清单，请督促。`,
          en: `${school} has not made the files of its ${stage.en} pupils of ${content.entryYear} in time; see the list of late files.`,
        },
      };
    }
    case 'collectionCommitted':
      return {
        title: { zh: '采集已入库', en: 'Collection written' },
        text: {
          zh: `批次 ${content.batch} 已入库：新增 ${content.entered} 人，更正 ${content.corrected} 人，未变 ${content.unchanged} 人。`,
          en: `Batch ${content.batch} is written: ${content.entered} entered, ${content.corrected} corrected, ${content.unchanged} unchanged.`,
        },
      };
  }
};

/** Path within the console at which the matter is handled. */
export const pathOf = (content: Content): string => {
  if ('completion' in content) return `/completions/${encodeURIComponent(content.completion)}`;
  if ('closing' in content) return `/closings/${encodeURIComponent(content.closing)}`;
  if ('caseId' in content && content.kind.startsWith('placement'))
    return `/placements/${encodeURIComponent(content.caseId)}`;
  if ('caseId' in content) return `/transfers/${encodeURIComponent(content.caseId)}`;
  if ('watch' in content) return `/watches/${encodeURIComponent(content.watch)}`;
  if (content.kind === 'rollCallMissing') return `/classes/${encodeURIComponent(content.class)}`;
  return content.kind === 'collectionCommitted' ? `/collections/${encodeURIComponent(content.batch)}` : '/inbox';
};

/** The day to its end, as both languages say it. */
export const dueText = (dueOn: LocalDate | undefined): Text =>
  dueOn
    ? { zh: `${dueOn}（当日24时止）`, en: `${dueOn} (to the end of the day)` }
    : { zh: '未规定', en: 'none is set' };
