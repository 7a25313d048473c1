import { allEvents } from '#libs/contracts';
import { loadCalendar, loadPolicy, Policy, startOf } from '#libs/policy';
import { Answer, StepDue, stepDue, stepOf } from '#libs/review';
import { office, tree } from '../../test/examples';
import { clocksOf } from '../law/clocks';
import { planReview, transferAt } from './review-plan';
import {
  actOnStep,
  Change,
  Clocks,
  escalateHandover,
  escalateStep,
  fileTransfer,
  listRefusal,
  Moment,
  recordFileReceived,
  recordHeld,
  recordMoved,
  recountDue,
  refusedByRegistry,
  registrySilent,
  remindStep,
  Refusal,
  reviewRefusal,
  Transfer,
  withdraw,
} from './transfer';
import { guizhou, lucheng } from '../../test/examples';

const calendar = loadCalendar();
const law = loadPolicy();
const clocksUnder = (policy: Policy) => clocksOf(policy, calendar);
const clocks = clocksUnder(law);
/** Business time: nine in the morning of a legal day. */
const at = (on: string): Moment => ({ on, at: new Date(startOf(on).getTime() + 9 * 3_600_000) });

/** A filing between two schools under a law; the consent decides whether it is in time. */
const filed = (from: string, to: string, on: string, consentOn: string, policy: Policy = law) => {
  const plan = planReview({ in: office(to), out: office(from) }, transferAt('primary'), on, policy, tree);
  const within = plan.packs.inSchool.setting<number>('transfer.submitAfterConsent.within');
  const phase = plan.packs.inSchool.setting('change.phases');
  const entry = phase.configured ? phase.value.find(({ change }) => change === 'transfer') : undefined;
  return fileTransfer(
    {
      _id: 'case-1',
      student: 'student-1',
      stage: 'primary',
      ...(entry && phase.configured && { phase: { phase: entry.phase, citation: phase.citation } }),
      to: { class: 'class-in' },
      parties: plan.parties,
      lines: plan.lines,
      packs: { inSchool: '', inAuthority: '', outSchool: '', outAuthority: '', ...idsOf(plan.packs) },
      application: { ...(to.startsWith('21140') ? lucheng() : guizhou()).application, consentOn },
      overrides: [],
      checks: [],
      order: plan.order,
      steps: plan.steps,
      filing: {
        account: 'clerk',
        post: 'post-clerk',
        act: plan.filing.act,
        citation: plan.filing.citation,
        due: stepDue(within, consentOn, calendar),
      },
    },
    clocksUnder(policy),
    at(on),
  );
};
const idsOf = (packs: ReturnType<typeof planReview>['packs']) =>
  Object.fromEntries(Object.entries(packs).map(([party, { id }]) => [party, id]));

const taken = (change: Change | undefined | { impossible: string }): Change => {
  if (!change || 'impossible' in change) throw new Error(`not taken: ${JSON.stringify(change)}`);
  return change;
};
const by = (answer: Answer = 'agree', ground?: string) => ({
  answer,
  account: 'a',
  post: 'p',
  ...(ground && { ground }),
});
const dueOf = (transfer: Transfer, key: string) => stepOf(transfer.review, key)?.due?.dueOn;
const said = (change: Change) => change.events.map(({ definition }) => definition.type.split('.').at(-2));
const timers = (change: Change) =>
  change.arm.map(({ kind, key, dueOn, dueAt }) => [kind, key, dueOn ?? dueAt?.toISOString()]);

describe('the golden case of Guizhou: filed on Monday 28 September 2026', () => {
  const filing = filed('2152010301', '2152030201', '2026-09-28', '2026-09-24');
  const held = taken(recordHeld(filing.transfer, clocks, at('2026-09-28')));

  it('a consent of 24 September is due on the 29th, over the Mid-Autumn holiday: in time [GZ-TR6]', () => {
    expect(filing.transfer.filing).toMatchObject({ due: { dueOn: '2026-09-29' }, late: false, on: '2026-09-28' });
  });

  it('a consent of 22 September was due on the 24th: late, recorded, processed [GZ-TR6]', () => {
    const late = filed('2152010301', '2152030201', '2026-09-28', '2026-09-22');
    expect(late.transfer).toMatchObject({ state: 'filed', filing: { due: { dueOn: '2026-09-24' }, late: true } });
    expect(said(late)).toEqual(['transfer-filed']);
  });

  it('two working days each from arrival, over the National Day holiday and the make-up Saturday [GZ-TR7]', () => {
    expect(dueOf(held.transfer, 'outSchool')).toBe('2026-09-30');
    const school = taken(actOnStep(held.transfer, 'outSchool', by(), clocks, at('2026-09-29')));
    expect(dueOf(school.transfer, 'outAuthority')).toBe('2026-10-08');
    const reminded = taken(remindStep(school.transfer, 'outAuthority', at('2026-10-08')));
    expect(said(reminded)).toEqual(['transfer-step-reminded']);
    const county = taken(actOnStep(reminded.transfer, 'outAuthority', by(), clocks, at('2026-10-08')));
    expect(stepOf(county.transfer.review, 'outAuthority')?.acted?.late).toBe(false);
    expect(dueOf(county.transfer, 'inAuthority')).toBe('2026-10-10');

    expect(escalateStep(county.transfer, 'inAuthority', at('2026-10-10'))).toBeUndefined();
    const overdue = taken(escalateStep(county.transfer, 'inAuthority', at('2026-10-11')));
    expect(overdue.events[0]).toMatchObject({ data: { office: '520302', escalatedTo: '520300', dueOn: '2026-10-10' } });
    expect(overdue.transfer).toMatchObject({ state: 'inReview', waitingFor: ['520302'] });

    const last = taken(actOnStep(overdue.transfer, 'inAuthority', by(), clocks, at('2026-10-12')));
    expect(said(last)).toEqual(['transfer-step-acted', 'transfer-move-asked']);
    expect(last.events[0].data).toMatchObject({ late: true, outcome: 'agreed' });
    const moved = taken(recordMoved(last.transfer, '2026-10-12', at('2026-10-12')));
    expect(moved.transfer).toMatchObject({ state: 'completed', outcome: { kind: 'completed', on: '2026-10-12' } });
    expect(moved.cancel).toBe('all');
  });

  it('arms a reminder for the morning of the due day and the escalation for its end; the act takes both away', () => {
    expect(timers(held)).toEqual([
      ['transfer.step-reminder', 'outSchool', '2026-09-30T00:00:00.000Z'],
      ['transfer.step-overdue', 'outSchool', '2026-09-30'],
    ]);
    expect(taken(actOnStep(held.transfer, 'outSchool', by(), clocks, at('2026-09-29'))).cancel).toEqual([
      'transfer.step-reminder/case-1/outSchool',
      'transfer.step-overdue/case-1/outSchool',
    ]);
  });

  it('shows every step, act, person and article in the timeline', () => {
    const acted = taken(actOnStep(held.transfer, 'outSchool', by(), clocks, at('2026-09-29'))).transfer;
    expect(acted.log.map(({ on, what, step, account, citation }) => [on, what, step, account, citation?.rule])).toEqual(
      [
        ['2026-09-28', 'filed', 'inSchool', 'clerk', 'GZ-TR5'],
        ['2026-09-28', 'held', undefined, undefined, undefined],
        ['2026-09-28', 'stepOpened', 'outSchool', undefined, 'GZ-TR7'],
        ['2026-09-29', 'acted', 'outSchool', 'a', 'GZ-TR7'],
        ['2026-09-29', 'stepOpened', 'outAuthority', undefined, 'GZ-TR7'],
      ],
    );
  });

  it('belongs to the changes of a record, not to its beginning or end [FJ-ST1]', () => {
    expect(filing.transfer.phase).toMatchObject({ phase: 'changed', citation: { rule: 'FJ-ST1' } });
  });

  it('flags study at the new school before the approval, and completes all the same [GZ-TR8]', () => {
    const citation = law.packAt('guizhou', '2026-09-28').rule('GZ-TR8')!.citation;
    const early: Transfer = {
      ...held.transfer,
      earlyStudy: citation,
      application: { ...held.transfer.application, firstDayOfStudy: '2026-10-09' },
    };
    const act = (transfer: Transfer, key: string, on: string) => taken(actOnStep(transfer, key, by(), clocks, at(on)));
    const school = act(early, 'outSchool', '2026-09-29').transfer;
    const on = (day: string) => act(act(school, 'outAuthority', '2026-10-08').transfer, 'inAuthority', day).transfer;
    expect(on('2026-10-09').violations).toEqual([]);
    const flagged = on('2026-10-12');
    expect(flagged.violations).toMatchObject([{ rule: 'GZ-TR8', facts: { firstDayOfStudy: '2026-10-09' } }]);
    expect(taken(recordMoved(flagged, '2026-10-12', at('2026-10-12'))).events[0].data).toMatchObject({
      violations: ['GZ-TR8'],
    });
  });
});

describe('time under the national text', () => {
  const at10 = (policy: Policy) => {
    const { transfer } = filed('2114042501', '2114040301', '2026-09-10', '2026-09-09', policy);
    return taken(recordHeld(transfer, clocksUnder(policy), at('2026-09-10')));
  };

  it('each party has ten working days from arrival [NAT-TR3]', () => {
    const held = at10(law);
    expect(held.transfer.review.steps[0]).toMatchObject({
      pack: 'national-2013',
      due: { dueOn: '2026-09-23', citation: { rule: 'NAT-TR3' } },
    });
  });

  it('a copy whose number is blank gives no deadline, and says so [NAT-TR3]', () => {
    const blanked = loadPolicy({ extraPacksDir: `${process.cwd()}/libs/policy/test-packs` });
    const line = blanked.lines().find(({ packs }) => packs.some(({ id }) => id.includes('blanked')))!.line;
    const setting = blanked.packAt(line, '2026-09-10').setting<number>('transfer.review.within');
    expect(setting).toMatchObject({ configured: false, citation: { rule: 'NAT-TR3' } });
    const silent: Clocks = { ...clocks, review: (_, on) => stepDue(setting, on, calendar) };
    const { transfer } = filed('2114042501', '2114040601', '2026-09-10', '2026-09-09');
    const held = taken(recordHeld(transfer, silent, at('2026-09-10')));
    expect(held.arm).toEqual([]);
    expect(held.transfer.log.at(-1)).toMatchObject({ what: 'stepOpened', facts: { notConfigured: true } });
    expect(held.events[0].data).not.toHaveProperty('dueOn');
  });
});

describe('what starts the clock', () => {
  it('is the arrival at each office, or the filing for all, as the pack says [GZ-TR7]', () => {
    const { transfer } = recorded();
    const school = taken(actOnStep(transfer, 'outSchool', by(), clocks, at('2026-09-30'))).transfer;
    expect(dueOf(school, 'outAuthority')).toBe('2026-10-09');
    const pack = law.packAt('guizhou', '2026-09-28');
    const within = { ...pack.setting<number>('transfer.review.within'), startsAt: 'submission' };
    const one = Object.assign(Object.create(Policy.prototype) as Policy, { pack: () => ({ setting: () => within }) });
    const allTogether = taken(actOnStep(transfer, 'outSchool', by(), clocksUnder(one), at('2026-09-30'))).transfer;
    expect(dueOf(allTogether, 'outAuthority')).toBe('2026-09-30');
  });

  const recorded = () =>
    taken(recordHeld(filed('2152010301', '2152030201', '2026-09-28', '2026-09-24').transfer, clocks, at('2026-09-28')));
});

describe('Changzhi on 10 September 2026', () => {
  const filing = filed('2114042501', '2114040601', '2026-09-10', '2026-09-09');
  const held = taken(recordHeld(filing.transfer, clocks, at('2026-09-10')));
  const agree = (transfer: Transfer, key: string, on: string) => taken(actOnStep(transfer, key, by(), clocks, at(on)));

  it('four consents in the order of the text, and nothing moves before the last [CZ-TR3] [CZ-TR6]', () => {
    expect(held.transfer.waitingFor).toEqual(['140406']);
    expect(actOnStep(held.transfer, 'outSchool', by(), clocks, at('2026-09-10'))).toMatchObject({
      impossible: 'notOpen',
    });
    const district = agree(held.transfer, 'inAuthority', '2026-09-10').transfer;
    const school = agree(district, 'outSchool', '2026-09-11').transfer;
    expect(school).toMatchObject({ state: 'inReview', waitingFor: ['140425'] });
    const county = agree(school, 'outAuthority', '2026-09-11').transfer;
    expect(county.state).toBe('moving');
    const consents = [county.filing.account, ...county.review.steps.map(({ acted }) => acted?.account)];
    expect(consents.filter(Boolean)).toHaveLength(4);
  });

  it('who has approved has ten working days for the handover from its own approval; then the office above is told [CZ-TR18]', () => {
    expect(timers(filing)).toContainEqual(['transfer.handover-overdue', 'inSchool', '2026-09-22']);
    const district = agree(held.transfer, 'inAuthority', '2026-09-10');
    expect(timers(district)).toContainEqual(['transfer.handover-overdue', 'inAuthority', '2026-09-23']);
    expect(district.transfer.handovers.inAuthority?.due).toMatchObject({ citation: { rule: 'CZ-TR18' } });
    expect(escalateHandover(district.transfer, 'inAuthority', at('2026-09-23'))).toBeUndefined();
    const overdue = taken(escalateHandover(district.transfer, 'inAuthority', at('2026-09-24')));
    expect(overdue.events[0]).toMatchObject({
      data: { clock: 'handover', office: '140406', escalatedTo: '140400' },
      rules: ['CZ-TR18'],
    });
    expect(overdue.transfer.log.at(-1)?.facts).toMatchObject({ waitingFor: ['2114042501'] });
    expect(escalateHandover(overdue.transfer, 'inAuthority', at('2026-09-25'))).toBeUndefined();
    // The national county has no such clock.
    expect(escalateHandover(district.transfer, 'outAuthority', at('2026-12-24'))).toBeUndefined();
  });
});

describe('refusals', () => {
  const held = taken(
    recordHeld(filed('2152010301', '2152030201', '2026-09-28', '2026-09-24').transfer, clocks, at('2026-09-28')),
  );
  const refusal: Refusal = {
    _id: 'r1',
    case: 'case-1',
    student: 'student-1',
    step: 'outSchool',
    office: '2152010301',
    account: 'a',
    ground: 'noGroundHolds',
    proof: 'disproved',
    facts: { transferGroundHolds: true },
    listedAt: { office: '520103', path: '/520000/520100/520103/' },
    ...at('2026-09-29'),
  };

  it('one that does not stand leaves the step open and is listed at the office above [GZ-TR11]', () => {
    const change = listRefusal(held.transfer, refusal, at('2026-09-29'));
    expect(said(change)).toEqual(['transfer-refusal-listed']);
    expect(change.transfer).toMatchObject({ state: 'inReview', waitingFor: ['2152010301'] });
    expect(change.cancel).toEqual([]);
    expect(change.listed).toEqual(refusal);
  });

  it('one that stands ends the case; that of the old school goes to its authority all the same [R5-36]', () => {
    const listed = { ...refusal, proof: 'proven' as const };
    const change = taken(
      actOnStep(held.transfer, 'outSchool', by('refuse', 'noGroundHolds'), clocks, at('2026-09-29'), { listed }),
    );
    expect(said(change)).toEqual(['transfer-step-acted', 'transfer-refusal-listed', 'transfer-ended']);
    expect(change.transfer).toMatchObject({ state: 'ended', outcome: { kind: 'refused', step: 'outSchool' } });
    expect(change.cancel).toBe('all');
  });

  it('found unfounded above changes nothing but the list; found founded ends the case [R5-36]', () => {
    const { transfer } = listRefusal(held.transfer, refusal, at('2026-09-29'));
    const look = (finding: 'founded' | 'unfounded') =>
      reviewRefusal(transfer, refusal, { finding, account: 'officer', post: 'q' }, clocks, at('2026-09-30'));
    expect(look('unfounded')).toMatchObject({
      transfer: { state: 'inReview' },
      listed: { reviewed: { finding: 'unfounded', account: 'officer' } },
    });
    const founded = look('founded');
    expect(said(founded)).toEqual(['transfer-refusal-reviewed', 'transfer-step-acted', 'transfer-ended']);
    expect(founded.transfer.state).toBe('ended');
    expect(founded.events.map(({ seq }) => seq)).toEqual([4, 5, 6]);
  });
});

describe('every state has an exit and a deadline', () => {
  const filing = filed('2152010301', '2152030201', '2026-09-28', '2026-09-24');
  const held = taken(recordHeld(filing.transfer, clocks, at('2026-09-28')));

  it('a registry that does not answer is shown to the operator, again and again, and may still answer', () => {
    expect(timers(filing)).toEqual([['transfer.registry-silent', 'hold', '2026-09-28T02:00:00.000Z']]);
    const silent = taken(registrySilent(filing.transfer, 'hold', at('2026-09-28')));
    expect(silent.arm).toHaveLength(1);
    expect(silent.events).toEqual([]);
    expect(taken(registrySilent(silent.transfer, 'hold', at('2026-09-29'))).transfer.log).toHaveLength(2);
    expect(taken(recordHeld(silent.transfer, clocks, at('2026-09-30'))).transfer.state).toBe('inReview');
    expect(registrySilent(held.transfer, 'hold', at('2026-09-29'))).toBeUndefined();
  });

  it('the registry refuses with its article, and the case closes', () => {
    const citation = law.packAt('changzhi-lucheng', '2026-09-10').rule('CZ-TR10')!.citation;
    const why = { code: 'class-full', citations: [citation], facts: { taken: 50, cap: 50 } };
    const refused = taken(refusedByRegistry(filing.transfer, why, at('2026-09-28')));
    expect(refused.transfer).toMatchObject({ state: 'ended', outcome: { kind: 'holdRefused', code: 'class-full' } });
    expect(refused.events.at(-1)).toMatchObject({ data: { outcome: 'holdRefused' }, rules: ['CZ-TR10'] });
    expect(refusedByRegistry(held.transfer, why, at('2026-09-28'))).toBeUndefined();
  });

  it('is taken back by who filed until the last act, and then no more', () => {
    for (const transfer of [filing.transfer, held.transfer])
      expect(taken(withdraw(transfer, 'clerk', at('2026-09-28'))).transfer.outcome?.kind).toBe('withdrawn');
    const moving = ['outSchool', 'outAuthority', 'inAuthority'].reduce(
      (transfer, key) => taken(actOnStep(transfer, key, by(), clocks, at('2026-09-29'))).transfer,
      held.transfer,
    );
    expect(withdraw(moving, 'clerk', at('2026-09-29'))).toBeUndefined();
    expect(
      taken(refusedByRegistry(moving, { code: 'not-held', citations: [], facts: {} }, at('2026-09-29'))).transfer,
    ).toMatchObject({
      outcome: { kind: 'moveRefused' },
    });
  });

  it('what comes late, twice or out of order changes nothing', () => {
    const withdrawn = taken(withdraw(held.transfer, 'clerk', at('2026-09-28'))).transfer;
    for (const transfer of [held.transfer, withdrawn]) {
      expect(recordHeld(transfer, clocks, at('2026-09-29'))).toBeUndefined();
      expect(recordMoved(transfer, '2026-09-29', at('2026-09-29'))).toBeUndefined();
    }
    expect(remindStep(withdrawn, 'outSchool', at('2026-09-30'))).toBeUndefined();
    expect(escalateStep(withdrawn, 'outSchool', at('2026-10-09'))).toBeUndefined();
    expect(withdraw(withdrawn, 'clerk', at('2026-09-29'))).toBeUndefined();
  });
});

describe('the file follows', () => {
  const file = { copy: 'copy-1', receivedOn: '2026-10-20', items: 3, late: false, rules: ['GZ-TR12'] };
  const moving = ['outSchool', 'outAuthority', 'inAuthority'].reduce(
    (transfer, key) => taken(actOnStep(transfer, key, by(), clocks, at('2026-09-29'))).transfer,
    taken(recordHeld(filed('2152010301', '2152030201', '2026-09-28', '2026-09-24').transfer, clocks, at('2026-09-28')))
      .transfer,
  );

  it('[GZ-TR12] a case that has moved is over only when the new school has the file', () => {
    const completed = taken(recordMoved(moving, '2026-09-30', at('2026-09-30')));
    expect(completed.transfer.state).toBe('completed');
    const closed = taken(recordFileReceived(completed.transfer, file, at('2026-10-20')));
    expect(closed.transfer).toMatchObject({ state: 'closed', file: { items: 3 } });
    expect(closed.events.map(({ definition, rules }) => [definition.type, rules])).toEqual([
      ['cn.xueji.transfer.transfer-closed.v1', ['GZ-TR12']],
    ]);
    expect(recordFileReceived(closed.transfer, file, at('2026-10-21'))).toBeUndefined();
  });

  it('heard before the answer of the registry it is kept, and the move closes the case', () => {
    const kept = taken(recordFileReceived(moving, file, at('2026-10-20')));
    expect(kept).toMatchObject({ transfer: { state: 'moving', version: moving.version }, events: [] });
    const closed = taken(recordMoved(kept.transfer, '2026-09-30', at('2026-10-21')));
    expect(closed.transfer.state).toBe('closed');
    expect(said(closed)).toEqual(['transfer-completed', 'transfer-closed']);
    expect(closed.cancel).toBe('all');
  });
});

describe('a year whose working days are not ordered yet', () => {
  it('gives provisional days, counted again when the order is known', () => {
    const { transfer } = filed('2152010301', '2152030201', '2026-12-30', '2026-12-29');
    const held = taken(recordHeld(transfer, clocks, at('2026-12-30'))).transfer;
    expect(held).toMatchObject({ provisional: true });
    expect(held.review.steps[0].due).toMatchObject({ dueOn: '2027-01-01', provisional: true });
    expect(recountDue(held, clocks, at('2026-12-31'))).toBeUndefined();
    const ordered: Clocks = {
      ...clocks,
      review: (_, on) =>
        ({ ...clocks.review(held.review.steps[0], on, on), dueOn: '2027-01-04', provisional: false }) as StepDue,
    };
    const recounted = taken(recountDue(held, ordered, at('2026-12-31')));
    expect(said(recounted)).toEqual(['transfer-step-due-changed']);
    expect(timers(recounted)).toEqual([
      ['transfer.step-reminder', 'outSchool', '2027-01-04T00:00:00.000Z'],
      ['transfer.step-overdue', 'outSchool', '2027-01-04'],
    ]);
    expect(recounted.transfer).not.toHaveProperty('provisional');
    expect(recountDue(recounted.transfer, ordered, at('2026-12-31'))).toBeUndefined();
    expect(escalateStep(recounted.transfer, 'outSchool', at('2027-01-02'))).toBeUndefined();
  });
});

describe('events of a case', () => {
  it('count without gap and end at the version of the case', () => {
    let { transfer, events } = filed('2152010301', '2152030201', '2026-09-28', '2026-09-24');
    const all = [...events];
    const then = (change: Change | undefined | { impossible: string }) => {
      ({ transfer, events } = taken(change));
      all.push(...events);
    };
    then(recordHeld(transfer, clocks, at('2026-09-28')));
    then(remindStep(transfer, 'outSchool', at('2026-09-30')));
    then(escalateStep(transfer, 'outSchool', at('2026-10-08')));
    for (const key of ['outSchool', 'outAuthority', 'inAuthority'])
      then(actOnStep(transfer, key, by(), clocks, at('2026-10-08')));
    then(recordMoved(transfer, '2026-10-08', at('2026-10-08')));
    expect(all.map(({ seq }) => seq)).toEqual(all.map((_, i) => i + 1));
    expect(transfer.version).toBe(all.length);
    for (const { definition } of all) expect(allEvents).toContain(definition);
  });
});
