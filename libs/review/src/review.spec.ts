import fc from 'fast-check';
import { acts, Act } from '#libs/contracts';
import { addDays, loadCalendar, loadPolicy, Setting } from '#libs/policy';
import {
  Answer,
  answersTo,
  answerStep,
  authorityActs,
  begin,
  closeRest,
  findOverdue,
  isPossible,
  mayWithdraw,
  notBegun,
  openSteps,
  PlannedStep,
  planSteps,
  remind,
  Review,
  stepDue,
  wordOf,
} from './index';

const calendar = loadCalendar();
const guizhou = loadPolicy().packAt('guizhou', '2026-09-28');

const planned = (key: string, act: Act = 'review', office = key): PlannedStep => ({
  key,
  parties: [key],
  office,
  path: `/${office}/`,
  above: 'above',
  act,
  line: 'guizhou',
  pack: guizhou.id,
  citation: { rule: 'GZ-TR7', pack: guizhou.id, document: '', article: '' },
});
const twoDays = (_: PlannedStep, on: string) =>
  stepDue(guizhou.setting<number>('transfer.review.within'), on, calendar);
const by = (answer: Answer, on: string) => ({ answer, on, at: new Date(`${on}T02:00:00Z`), account: 'a', post: 'p' });
const done = (answered: ReturnType<typeof answerStep>) => {
  if ('impossible' in answered) throw new Error(answered.impossible);
  return answered;
};

describe('strengths of an act', () => {
  it('registering and filing for information have no refusal; the others have both answers [R5-02]', () => {
    expect(Object.keys(answersTo).sort()).toEqual([...acts].sort());
    for (const act of ['confirm', 'review', 'approve'] as const) expect(answersTo[act]).toEqual(['agree', 'refuse']);
    expect(answersTo.register).toEqual(['register']);
    expect(answersTo.fileForInformation).toEqual(['acknowledge']);
  });

  it('each answer has its own word for each strength, and an impossible answer has none [R5-02]', () => {
    const agreed = acts.flatMap((act) => answersTo[act].map((answer) => wordOf(act, answer)?.zh));
    expect(new Set(agreed).size).toBe(agreed.length);
    for (const act of acts)
      for (const answer of ['agree', 'refuse', 'register', 'acknowledge'] as const)
        expect(wordOf(act, answer) !== undefined).toBe(isPossible(act, answer));
  });

  it('a refusal of a registering step is not taken, whatever it names [R5-02]', () => {
    const { review } = begin(notBegun('sequence', [planned('a', 'register')]), '2026-09-28', twoDays);
    expect(answerStep(review, 'a', by('refuse', '2026-09-29'), twoDays)).toMatchObject({
      impossible: 'noSuchAnswer',
      possible: ['register'],
    });
    expect(done(answerStep(review, 'a', by('register', '2026-09-29'), twoDays)).done).toBe(true);
  });
});

describe('steps one after another', () => {
  const keys = ['outSchool', 'outAuthority', 'inAuthority'];
  const filed = () =>
    begin(
      notBegun(
        'sequence',
        keys.map((key) => planned(key)),
      ),
      '2026-09-28',
      twoDays,
    ).review;

  it('run over the National Day holiday and the make-up Saturday [GZ-TR7]', () => {
    let review = filed();
    expect(openSteps(review)).toMatchObject([{ key: 'outSchool', due: { dueOn: '2026-09-30', provisional: false } }]);
    review = done(answerStep(review, 'outSchool', by('agree', '2026-09-29'), twoDays)).review;
    expect(openSteps(review)).toMatchObject([{ key: 'outAuthority', due: { dueOn: '2026-10-08' } }]);
    review = done(answerStep(review, 'outAuthority', by('agree', '2026-10-08'), twoDays)).review;
    expect(openSteps(review)).toMatchObject([{ key: 'inAuthority', due: { dueOn: '2026-10-10' } }]);
    expect(findOverdue(review, 'inAuthority', '2026-10-10')).toBeUndefined();
    const overdue = findOverdue(review, 'inAuthority', '2026-10-11')!;
    expect(overdue.step).toMatchObject({ state: 'open', overdueOn: '2026-10-11' });
    expect(findOverdue(overdue.review, 'inAuthority', '2026-10-12')).toBeUndefined();
    const last = done(answerStep(overdue.review, 'inAuthority', by('agree', '2026-10-12'), twoDays));
    expect(last).toMatchObject({ done: true, step: { acted: { late: true } } });
  });

  it('are reminded once, and only while open', () => {
    const reminded = remind(filed(), 'outSchool', '2026-09-30')!;
    expect(reminded.step.remindedOn).toBe('2026-09-30');
    expect(remind(reminded.review, 'outSchool', '2026-09-30')).toBeUndefined();
    expect(remind(filed(), 'inAuthority', '2026-09-30')).toBeUndefined();
  });

  it('cannot be answered out of turn, twice, or under a name that is no step', () => {
    const review = filed();
    for (const key of ['inAuthority', 'nobody'])
      expect(answerStep(review, key, by('agree', '2026-09-29'), twoDays)).toMatchObject({ impossible: 'notOpen' });
    const after = done(answerStep(review, 'outSchool', by('agree', '2026-09-29'), twoDays)).review;
    expect(answerStep(after, 'outSchool', by('agree', '2026-09-29'), twoDays)).toMatchObject({ impossible: 'notOpen' });
  });

  it('end with a refusal that stands, and with a withdrawal before the last act', () => {
    const refused = done(answerStep(filed(), 'outSchool', { ...by('refuse', '2026-09-29'), ground: 'g' }, twoDays));
    expect(refused.review.steps.map(({ state }) => state)).toEqual(['refused', 'closed', 'closed']);
    expect(mayWithdraw(refused.review)).toBe(false);
    expect(mayWithdraw(filed())).toBe(true);
    expect(openSteps(closeRest(filed()))).toEqual([]);
  });

  it('have no deadline, and say so, where no text gives a number', () => {
    const silent: Setting<number> = { configured: false, parameter: 'transfer.review.within' };
    const { review } = begin(notBegun('sequence', [planned('a')]), '2026-09-28', (_, on) =>
      stepDue(silent, on, calendar),
    );
    expect(review.steps[0].due).toEqual({ parameter: 'transfer.review.within' });
    expect(findOverdue(review, 'a', '2030-01-01')).toBeUndefined();
  });

  it('are due provisionally where the year has no order yet', () => {
    const { review } = begin(notBegun('sequence', [planned('a')]), '2026-12-31', twoDays);
    expect(review.steps[0].due).toMatchObject({ provisional: true });
  });
});

describe('an authority on both sides', () => {
  const offices: Record<string, string> = { outSchool: 's1', outAuthority: 'c', inAuthority: 'c' };
  const plan = (once: boolean, parties = ['outSchool', 'outAuthority', 'inAuthority']) =>
    planSteps({
      parties,
      placeOf: (party) => ({ office: offices[party], path: `/${offices[party]}/`, above: 'x' }),
      actOf: () => planned('any'),
      actsOnce: () => once,
    });

  it('acts once or twice by parameter [NAT-TR2]', () => {
    expect(plan(true).map(({ key, parties }) => [key, parties])).toEqual([
      ['outSchool', ['outSchool']],
      ['inAuthority', ['outAuthority', 'inAuthority']],
    ]);
    expect(plan(false).map(({ key }) => key)).toEqual(['outSchool', 'outAuthority', 'inAuthority']);
  });

  it('acts at the place of its last part, when the school has said what there is to verify [NAT-TR2]', () => {
    expect(plan(true, ['inAuthority', 'outSchool', 'outAuthority']).map(({ key }) => key)).toEqual([
      'outSchool',
      'outAuthority',
    ]);
  });

  it('is part of every case: a plan without an authority, or with one that only takes note, is seen [FJ-C6]', () => {
    const authorities = ['inAuthority', 'outAuthority'];
    expect(authorityActs(plan(true), authorities)).toBe(true);
    expect(authorityActs([planned('outSchool')], authorities)).toBe(false);
    expect(authorityActs([planned('inAuthority', 'fileForInformation')], authorities)).toBe(false);
  });
});

describe('any review', () => {
  const day = fc.integer({ min: 0, max: 90 }).map((n) => addDays('2026-08-20', n));
  const steps = fc
    .array(fc.constantFrom(...acts), { minLength: 1, maxLength: 6 })
    .map((list) => list.map((act, i) => planned(`s${i}`, act)));
  const order = fc.constantFrom('sequence' as const, 'parallel' as const);
  const move = fc.record({
    key: fc.integer({ min: 0, max: 6 }).map((i) => `s${i}`),
    what: fc.constantFrom('agree', 'refuse', 'register', 'acknowledge', 'remind', 'overdue'),
    later: fc.integer({ min: 0, max: 12 }),
  });

  /** Plays moves of all kinds, lawful or not, on days that never go back. */
  const play = (review: Review, moves: { key: string; what: string; later: number }[], from: string) => {
    let on = from;
    const seen: Review[] = [review];
    for (const { key, what, later } of moves) {
      on = addDays(on, later);
      let next: Review | undefined;
      if (what === 'remind') next = remind(review, key, on)?.review;
      else if (what === 'overdue') next = findOverdue(review, key, on)?.review;
      else {
        const answered = answerStep(review, key, by(what as Answer, on), twoDays);
        next = 'impossible' in answered ? undefined : answered.review;
      }
      if (next) seen.push((review = next));
    }
    return seen;
  };
  const played = (check: (states: Review[]) => void) =>
    fc.assert(
      fc.property(order, steps, day, fc.array(move, { maxLength: 30 }), (how, list, from, moves) =>
        check(play(begin(notBegun(how, list), from, twoDays).review, moves, from)),
      ),
    );

  it('agrees with no step that has not acted: silence approves nothing [GZ-TR7]', () =>
    played((states) => {
      for (const { steps: list } of states)
        for (const { state, acted } of list) {
          expect(state === 'agreed').toBe(acted !== undefined && acted.answer !== 'refuse');
          expect(state === 'refused').toBe(acted?.answer === 'refuse');
        }
    }));

  it('never refuses a step that has no refusal [R5-02]', () =>
    played((states) => {
      for (const step of states.at(-1)!.steps)
        if (step.state === 'refused') expect(['confirm', 'review', 'approve']).toContain(step.act);
    }));

  it('opens a step of a sequence only when all before it have agreed, and never more than one', () =>
    played((states) => {
      for (const { order: how, steps: list } of states) {
        if (how === 'parallel') continue;
        const open = list.findIndex(({ state }) => state === 'open');
        if (open < 0) continue;
        expect(list.slice(0, open).every(({ state }) => state === 'agreed')).toBe(true);
        expect(list.slice(open + 1).every(({ state }) => state === 'waiting')).toBe(true);
      }
    }));

  it('changes nothing that has ended, and is late exactly after the due day', () =>
    played((states) => {
      states.slice(1).forEach(({ steps: list }, i) => {
        list.forEach((step, n) => {
          const before = states[i].steps[n];
          if (['agreed', 'refused', 'closed'].includes(before.state)) expect(step).toEqual(before);
          if (step.acted && step.due?.dueOn) expect(step.acted.late).toBe(step.acted.on > step.due.dueOn);
          if (step.overdueOn && step.due?.dueOn) expect(step.overdueOn > step.due.dueOn).toBe(true);
        });
      });
    }));

  it('side by side ends the same in whatever order the parties agree', () => {
    const agreeing = fc
      .integer({ min: 1, max: 5 })
      .chain((n) => fc.tuple(fc.constant(n), fc.shuffledSubarray([...Array(n).keys()], { minLength: n }), day));
    fc.assert(
      fc.property(agreeing, ([n, turns, from]) => {
        const list = [...Array(n).keys()].map((i) => planned(`s${i}`));
        const start = begin(notBegun('parallel', list), from, twoDays);
        expect(start.opened).toHaveLength(n);
        const end = turns.reduce(
          (review, i) => done(answerStep(review, `s${i}`, by('agree', from), twoDays)).review,
          start.review,
        );
        expect(end.steps.every(({ state }) => state === 'agreed')).toBe(true);
      }),
    );
  });
});
