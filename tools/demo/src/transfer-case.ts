import { until } from '#libs/testing';
import { clerkOf } from './accounts';
import { Answer, Caller } from './caller';
import { said } from './story';
import { World } from './world';

export const scan = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

export interface StepView {
  step: string;
  office: string;
  name?: string;
  state: string;
  arrivedOn?: string;
  dueOn?: string | null;
  notConfigured?: { parameter: string };
  remindedOn?: string;
  overdueOn?: string;
  escalatedTo?: string;
  line: string;
  answers?: { answer: string }[];
  grounds?: { code: string }[];
  acted?: { answer: string; on: string; late: boolean };
  citation: { rule: string; article: string };
}

export interface CaseView {
  id: string;
  version: number;
  state: string;
  filing: { on: string; dueOn: string | null; late: boolean };
  steps: StepView[];
  outcome?: {
    kind: string;
    code?: string;
    citations?: { rule: string; document: string; article: string }[];
    facts?: Record<string, unknown>;
  };
  timeline: {
    at: string;
    what: string;
    officeName?: string;
    account?: string;
    citation?: { rule: string; article: string };
  }[];
}

export interface Wish {
  student: string;
  toSchool: string;
  toClass: string;
  ground: string;
  facts: Record<string, boolean>;
  newCounty?: string;
  consentOn: string;
  overrides?: { rule: string; reason: string }[];
  more?: Record<string, unknown>;
}

/** Files as the clerk of the receiving school, with the sealed form attached. */
export const file = async (world: World, wish: Wish): Promise<Answer<{ id: string; late: boolean; dueOn: string }>> => {
  const clerk = world.as(clerkOf(wish.toSchool));
  return clerk.step('/api/transfer/v1/transfers', await filingBody(clerk, wish));
};

export const filingBody = async (clerk: Caller, wish: Wish): Promise<Record<string, unknown>> => {
  const paper = await clerk.upload<{ digest: string }>(
    `/api/transfer/v1/evidence?school=${wish.toSchool}`,
    scan,
    '转学联系表.png',
  );
  if (paper.status >= 300) throw new Error(`evidence: ${paper.status} ${JSON.stringify(paper.body)}`);
  const { digest } = paper.body;
  return {
    student: wish.student,
    class: wish.toClass,
    ground: wish.ground,
    facts: wish.facts,
    ...(wish.newCounty && { newCounty: wish.newCounty }),
    consentOn: wish.consentOn,
    form: { guardianSigned: true, seal: 'schoolSeal', factsChecked: true },
    papers: ['contactForm', 'householdProof', 'residenceOrWorkProof'].map((kind) => ({ kind, digest })),
    ...(wish.overrides && { overrides: wish.overrides }),
    ...wish.more,
  };
};

export const caseOf = (world: World, account: string, id: string): Promise<CaseView> =>
  world.as(account).must<CaseView>(`/api/transfer/v1/transfers/${id}`);

/** Waits until the registry has answered and the case stands as told. */
export const reaches = async (
  world: World,
  account: string,
  id: string,
  holds: (view: CaseView) => boolean,
  what: string,
): Promise<CaseView> => {
  let seen: CaseView | undefined;
  await until(
    async () => {
      seen = await caseOf(world, account, id);
      return holds(seen);
    },
    { within: 120_000, every: 80, message: () => `${what}; now ${JSON.stringify(seen).slice(0, 600)}` },
  );
  if (!seen) throw new Error('unreachable');
  return seen;
};

export const openStep = (view: CaseView): StepView | undefined => view.steps.find(({ state }) => state === 'open');

/** Answers the open step as somebody; the answer comes back whatever it is. */
export const act = async (
  world: World,
  account: string,
  id: string,
  answer: string,
  more: Record<string, unknown> = {},
): Promise<Answer> => {
  const view = await caseOf(world, account, id);
  const step = openStep(view);
  if (!step) throw new Error(`case ${id} has no open step`);
  return world
    .as(account)
    .step(
      `/api/transfer/v1/transfers/${id}/acts`,
      { step: step.step, answer, ...more },
      { 'if-match': `"${view.version}"` },
    );
};

/** The positive answer of a step, whatever its act calls it. */
export const agree = async (world: World, account: string, id: string): Promise<void> => {
  const step = openStep(await caseOf(world, account, id));
  const positive = step?.answers?.find(({ answer }) => answer !== 'refuse')?.answer;
  if (!positive) throw new Error(`no step of case ${id} to agree to`);
  const answer = await act(world, account, id, positive);
  if (answer.status >= 300) throw new Error(`${account} agrees: ${answer.status} ${JSON.stringify(answer.body)}`);
};

/** The receiving school takes its filing back. */
export const withdraw = async (world: World, account: string, id: string): Promise<void> => {
  const { version } = await caseOf(world, account, id);
  const path = `/api/transfer/v1/transfers/${id}/withdraw`;
  const done = await world.as(account).step(path, { reason: '家长撤回申请' }, { 'if-match': `"${version}"` });
  if (done.status >= 300) throw new Error(`withdraw: ${said(done)}`);
  await world.quiet();
};
