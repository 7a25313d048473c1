import { loadCatalogue } from './catalogue';

describe('the catalogue', () => {
  const rules = loadCatalogue();

  it('has every rule once, each with text, article and service', () => {
    expect(rules).toHaveLength(847);
    expect(new Set(rules.map(({ id }) => id)).size).toBe(rules.length);
    for (const rule of rules) {
      expect(rule).toEqual({
        ...rule,
        id: expect.stringMatching(/^[A-Z]+\d*(-[A-Z]*\d+)?$/),
        document: expect.stringMatching(/./),
        article: expect.stringMatching(/./),
        strength: expect.stringMatching(/^(MUST|PRINCIPLE|MAY|DESC)$/),
        state: expect.stringMatching(/^(enforced|recorded|reminded|reported|na)$/),
        service: expect.stringMatching(/./),
        capability: expect.stringMatching(/./),
        statement: expect.stringMatching(/./),
      });
    }
  });

  it('names the article of a rule as the text counts it', () => {
    const article = (id: string) => rules.find((rule) => rule.id === id)?.article;
    expect([article('GZ-TR7'), article('NAT-TR3'), article('CZ-TR10'), article('FJ-C7')]).toEqual([
      ...['第16条 二2', '第14条', '第十八条', '一(一)4'],
    ]);
  });
});
