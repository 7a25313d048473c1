import type { CourseContent } from './item';
import type { NameOf, Wording } from './worded';

/** The words of an item about the end of a stage, a placement or a closing. */
export const courseWording = (content: CourseContent, nameOf: NameOf): Wording => {
  switch (content.kind) {
    case 'completionSubmitted':
      return {
        title: { zh: '毕业登记待确认', en: 'Completion to confirm' },
        text: {
          zh: `${nameOf(content.school)}提交的毕业（结业、肄业）登记待确认或退回。`,
          en: `Confirm or return the endings that ${nameOf(content.school)} has entered.`,
        },
      };
    case 'completionReturned':
      return {
        title: { zh: '毕业登记被退回', en: 'Completion returned' },
        text: {
          zh: `${nameOf(content.authority)}退回了毕业登记，请按理由更正后重新登记。`,
          en: `${nameOf(content.authority)} returned the endings; correct them by its reason and enter them again.`,
        },
      };
    case 'completionConfirmed':
      return {
        title: { zh: '毕业登记已确认', en: 'Completion confirmed' },
        text: {
          zh: `${nameOf(content.authority)}已确认毕业登记。未升学学生的学籍档案由本校保存管理。`,
          en: `${nameOf(content.authority)} has confirmed the endings. Files of those not promoted stay with your school.`,
        },
      };
    case 'placementStep':
      return {
        title: { zh: '升学转接待办理', en: 'Placement to act on' },
        text: {
          zh: `请办理升学转接事项 ${content.caseId}，可批量办理。`,
          en: `Act on placement ${content.caseId}; many at once are one command.`,
        },
      };
    case 'placementOverdue':
      return {
        title: { zh: '下级升学转接逾期', en: 'Placement overdue below you' },
        text: {
          zh: `${nameOf(content.lateOffice)}逾期未办理升学转接事项 ${content.caseId}，请督促。逾期不视为同意。`,
          en: `${nameOf(content.lateOffice)} has not acted on placement ${content.caseId} in time. See that it does; silence approves nothing.`,
        },
      };
    case 'placementCompleted':
      return {
        title: { zh: '升学转接已办结', en: 'Placement completed' },
        text: {
          zh: `升学转接事项 ${content.caseId} 已办结：入学 ${content.placed} 人，未能办理 ${content.refused} 人。`,
          en: `Placement ${content.caseId} is completed: ${content.placed} seated, ${content.refused} not taken up.`,
        },
      };
    case 'placementCompared': {
      const { planned, placed, underWay } = content;
      const [zh, en] = planned === undefined ? ['未批准', 'none approved'] : [`${planned} 人`, `${planned}`];
      return {
        title: { zh: '升学转接与招生计划核对', en: 'Placements beside the plan' },
        text: {
          zh: `办理期限已到：招生计划${zh}，已办结 ${placed} 人，在办 ${underWay} 人。`,
          en: `The time has ended. Plan: ${en}; seated: ${placed}; under way: ${underWay}.`,
        },
      };
    }
    case 'closingAnnounced':
      return {
        title: {
          zh: content.merger ? '学校将合并' : '学校将撤销',
          en: content.merger ? 'Your school merges' : 'Your school closes',
        },
        text: {
          zh: '请办结全部在办事项，未办结前不能撤并。',
          en: 'Settle everything that is under way; the closing waits for it.',
        },
      };
    case 'filesToKeep':
      return {
        title: { zh: '接收学籍档案', en: 'Files to keep' },
        text: {
          zh: `${nameOf(content.school)}已撤并，其学籍档案由您单位管理。`,
          en: `${nameOf(content.school)} is closed; your office keeps its files.`,
        },
      };
  }
};
