import { Seen, violations } from './movement-checker';

/** Two students: one has moved from a to b, the other is held for b. */
const right = (): Seen => ({
  cases: [
    { _id: 'moved', state: 'completed', student: 's1', to: { class: 'b' } },
    { _id: 'open', state: 'inReview', student: 's2', to: { class: 'b' } },
    { _id: 'gone', state: 'ended', student: 's2', to: { class: 'b' } },
  ],
  records: [
    { _id: 's1', class: 'b', registration: 'confirmed' },
    { _id: 's2', class: 'a', registration: 'confirmed', hold: { case: 'open', toClass: 'b' } },
    { _id: 's3', class: 'a', registration: 'undone' },
  ],
  classes: [
    { _id: 'a', seats: { taken: 1, reserved: 0 } },
    { _id: 'b', seats: { taken: 1, reserved: 1 } },
  ],
  copies: [
    { _id: 's1', class: 'b' },
    { _id: 's2', class: 'a', held: { case: 'open' } },
    { _id: 's3', class: 'a' },
  ],
  seats: [
    { student: 's1', to: 'a' },
    { student: 's2', to: 'a' },
    { student: 's3', to: 'a' },
    { student: 's1', from: 'a', to: 'b', case: 'moved' },
  ],
  acted: [
    { case: 'moved', step: 'outSchool' },
    { case: 'open', step: 'outSchool' },
  ],
});

const changed = (change: (seen: Seen) => void): string[] => {
  const seen = right();
  change(seen);
  return violations(seen);
};

describe('the checker of movements', () => {
  it('finds nothing where all is right', () => expect(violations(right())).toEqual([]));

  it.each<[string, (seen: Seen) => void, string]>([
    ['a hold of a case that is over', ({ cases }) => (cases[1].state = 'ended'), 'held by a case that is over'],
    ['a hold of no case', ({ cases }) => void cases.splice(1, 1), 'held by a case that does not exist'],
    ['a case without its hold', ({ records }) => delete records[1].hold, 'under way (inReview) without a hold'],
    ['a seat kept elsewhere', ({ records }) => (records[1].hold!.toClass = 'a'), 'another class than its own'],
    ['two cases under way', ({ cases }) => (cases[2].state = 'inReview'), 'has two cases under way'],
    ['a case that waits for ever', ({ cases }) => (cases[1].state = 'filed'), 'stopped between (filed)'],
    ['a move that nobody answered', ({ cases }) => (cases[1].state = 'moving'), 'stopped between (moving)'],
    ['a seat taken too often', ({ classes }) => classes[0].seats.taken++, 'taken says 2, 1 seated'],
    ['a seat kept for nobody', ({ classes }) => classes[1].seats.reserved++, 'reserved says 2, 1 held for it'],
    ['a move of a case that ended', ({ cases }) => (cases[0].state = 'ended'), 'was moved by case moved, ended'],
    ['a completed case without a move', ({ cases }) => (cases[2].state = 'completed'), 'and nobody moved'],
    ['a second move', ({ seats }) => seats.push({ ...seats[3] }), 'case moved moved twice'],
    ['a move from a foreign seat', ({ seats }) => (seats[3].from = 'b'), 'a seat that was not its own'],
    ['a second entry', ({ seats }) => seats.push({ student: 's2', to: 'a' }), 'student s2 was seated twice'],
    ['a journal that tells another seat', ({ seats }) => (seats[1].to = 'b'), 'elsewhere than the journal tells'],
    ['two seats', ({ copies }) => (copies[0].class = 'a'), 'student s1 is seated in two classes'],
    ['a hold that one service has', ({ copies }) => delete copies[1].held, 'held in one service only'],
    ['a doubled act', ({ acted }) => acted.push({ ...acted[1] }), 'step outSchool of case open was acted on twice'],
  ])('finds %s', (_, change, message) => expect(changed(change).join('\n')).toContain(message));
});
