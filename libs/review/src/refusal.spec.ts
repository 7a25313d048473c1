import fc from 'fast-check';
import { stages } from '#libs/contracts';
import { loadPolicy, RefusalGround } from '#libs/policy';
import { Facts, groundsAt, groundsShown, weighRefusal } from './index';

const policy = loadPolicy();
const groundsOf = (line: string): RefusalGround[] => {
  const setting = policy.packAt(line, '2026-09-28').setting<RefusalGround[]>('transfer.refusalGrounds');
  if (!setting.configured) throw new Error(`${line} knows no refusal ground`);
  return setting.value;
};

describe('a refusal', () => {
  it('stands only where the facts prove its ground [FJ-C7] [GZ-TR11]', () => {
    const grounds = groundsOf('guizhou');
    const weigh = (facts: Facts) => weighRefusal('noGroundHolds', grounds, 'primary', facts).proof;
    expect(weigh({ transferGroundHolds: false })).toBe('proven');
    expect(weigh({ transferGroundHolds: true })).toBe('disproved');
    expect(weigh({})).toBe('notShown');
  });

  it('"class full" is no ground under Guizhou and is one under Changzhi, decided by the vacancies [FJ-C7]', () => {
    expect(weighRefusal('classFull', groundsOf('guizhou'), 'primary', { classVacancies: 0 }).proof).toBe('unknown');
    const changzhi = groundsOf('changzhi-lucheng');
    expect(weighRefusal('classFull', changzhi, 'primary', { classVacancies: 0 }).proof).toBe('proven');
    expect(weighRefusal('classFull', changzhi, 'primary', { classVacancies: 1 }).proof).toBe('disproved');
  });

  it('cannot name a ground of another stage [FJ-C7]', () => {
    const grounds = groundsOf('changzhi-lucheng');
    expect(weighRefusal('ordinaryToDemonstration', grounds, 'primary', { ordinaryToDemonstration: true }).proof).toBe(
      'unknown',
    );
    expect(weighRefusal('ordinaryToDemonstration', grounds, 'senior', { ordinaryToDemonstration: true }).proof).toBe(
      'proven',
    );
  });

  it('is answered with every ground known and what the facts say to it, each with its article [FJ-C7]', () => {
    const shown = groundsShown(groundsOf('guizhou'), 'junior', {
      transferGroundHolds: true,
      enrolledAtOutSchool: false,
    });
    expect(shown).toContainEqual(expect.objectContaining({ code: 'noGroundHolds', proof: 'disproved', value: true }));
    expect(shown).toContainEqual(expect.objectContaining({ code: 'notEnrolled', proof: 'proven', value: false }));
    for (const ground of shown) expect(ground.citation?.article).toBeTruthy();
  });

  it('of any kind never stands on a ground that the pack does not know or no fact proves [FJ-C7]', () => {
    const lines = fc.constantFrom('guizhou', 'changzhi-lucheng', 'national');
    const fact = fc.option(fc.oneof(fc.boolean(), fc.integer({ min: -1, max: 60 })), { nil: undefined });
    fc.assert(
      fc.property(lines, fc.constantFrom(...stages), fact, fc.string(), (line, stage, value, word) => {
        const grounds = groundsOf(line);
        for (const { code, provenBy } of groundsAt(grounds, stage)) {
          const { proof } = weighRefusal(code, grounds, stage, { [provenBy.fact]: value });
          if (value === undefined) expect(proof).toBe('notShown');
          if (proof === 'proven' && provenBy.is === 'equal') expect(value).toBe(provenBy.value);
          expect(weighRefusal(code, grounds, stage, {}).proof).toBe('notShown');
        }
        fc.pre(!grounds.some(({ code }) => code === word));
        expect(weighRefusal(word, grounds, stage, {}).proof).toBe('unknown');
      }),
    );
  });
});
