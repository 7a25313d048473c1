import { checkBy, TransferRule } from './check';
import { weighedConditions } from './ground';

/** GZ-TR5: the receiving school has checked the facts; the contact form is signed by the guardian and sealed. */
export const contactForm: TransferRule = ({ application: { form, papers } }, pack) => {
  const needed = pack.setting('transfer.form');
  if (!needed.configured || !needed.value) return [];
  const signatures = pack.setting('transfer.form.signatures');
  const seals = pack.setting('transfer.form.seals');
  const missing: string[] = [];
  if (!papers.some(({ kind }) => kind === 'contactForm')) missing.push('scan');
  if (!form.factsChecked) missing.push('factsChecked');
  if (signatures.configured && signatures.value.includes('guardian') && !form.guardianSigned)
    missing.push('guardianSignature');
  if (seals.configured && !(form.seal && seals.value.includes(form.seal))) missing.push('seal');
  return [
    checkBy(needed, {
      outcome: missing.length ? 'broken' : 'met',
      mustAct: 'inSchool',
      message: missing.length
        ? {
            zh: `《中小学生转学联系表》不完整，缺：${missing.map((item) => words[item].zh).join('、')}。`,
            en: `The contact form is not complete, missing: ${missing.map((item) => words[item].en).join(', ')}.`,
          }
        : { zh: '《中小学生转学联系表》完整。', en: 'The contact form is complete.' },
      remedy: {
        zh: '请核实情况、请监护人签字、加盖学校公章或学籍专用章，扫描后上传。',
        en: 'Check the facts, have the guardian sign, seal with the school or record seal, scan and upload.',
      },
      facts: { missing, accepted: seals.configured ? seals.value : [] },
    }),
  ];
};

const words: Record<string, { zh: string; en: string }> = {
  scan: { zh: '联系表扫描件', en: 'scan of the form' },
  factsChecked: { zh: '转入学校的核实', en: "receiving school's check of the facts" },
  guardianSignature: { zh: '监护人签字', en: "guardian's signature" },
  seal: { zh: '学校公章或学籍专用章', en: 'school or record seal' },
};

/** GZ-TR6, CZ-TR6: the receiving school uploads the papers, those of every transfer and those of the ground. */
export const papersUploaded: TransferRule = (situation, pack) => {
  const { application, student } = situation;
  const always = pack.setting('transfer.papers');
  const conditions = pack.conditions(student.stage, 'transfer');
  const route = pack.setting(`transfer.route.${student.stage}`);
  // Papers of the ground that is relied on; where none holds yet, those of the ground stated.
  const weighed = (weighedConditions(situation, pack) ?? []).flatMap(({ set, grounds }) => {
    const relied = grounds.find(({ holds }) => holds) ?? grounds.find(({ stated }) => stated);
    return set.oneOf.filter(({ code }) => code === relied?.code);
  });
  const ofGround = weighed.flatMap(({ papers }) => papers ?? []);
  const uploaded = new Set<string>(application.papers.map(({ kind }) => kind));
  const said = (source: Parameters<typeof checkBy>[0], needed: string[]) => {
    const missing = needed.filter((kind) => !uploaded.has(kind));
    return checkBy(source, {
      outcome: missing.length ? 'broken' : 'met',
      mustAct: 'inSchool',
      message: missing.length
        ? { zh: `缺少证明材料：${missing.join('、')}。`, en: `Papers are missing: ${missing.join(', ')}.` }
        : { zh: '证明材料已上传。', en: 'The papers are uploaded.' },
      remedy: { zh: '请扫描并上传所缺材料。', en: 'Scan and upload what is missing.' },
      facts: { needed, missing },
    });
  };
  return [
    ...(always.configured ? [said(always, always.value)] : []),
    ...(ofGround.length && conditions.configured ? [said(route.configured ? route : conditions, ofGround)] : []),
  ];
};
