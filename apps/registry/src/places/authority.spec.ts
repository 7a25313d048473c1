import type { Stage } from '#libs/contracts';
import { loadPolicy } from '#libs/policy';
import { authorityOf } from './authority';
import { lineAt, Office } from './office';
import { cityComplete, cityPrimary, guiyang, tree, xiangyuanSenior, yunyanPrimary } from '../../test/sample-tree';

const policy = loadPolicy();
const on = '2026-09-10';

const authority = (school: Office, stage: Stage, line = lineAt(school.path, on, tree), offices = tree): string =>
  authorityOf(school, stage, policy.packAt(line, on), offices)._id;

describe('record authority', () => {
  it('is the county at the compulsory stage and the city for senior, by the student’s stage [GZ-RO19, GZ-CH2]', () => {
    expect(authority(yunyanPrimary, 'primary')).toBe('520103');
    expect(authority(cityComplete, 'junior')).toBe('520103');
    expect(authority(cityComplete, 'senior')).toBe('520100');
  });

  it('of a school that a city governs is that of its place under Guizhou [GZ-RO18]', () => {
    const governed = { ...yunyanPrimary, school: { ...yunyanPrimary.school!, managedBy: '520100' } };
    expect(authority(governed, 'primary')).toBe('520103');
  });

  it('of a school that a city or a province governs is that office under the national text [NAT-RO3, NAT-RO4]', () => {
    expect(authority(cityPrimary, 'primary')).toBe('140400');
    const governed = { ...yunyanPrimary, school: { ...yunyanPrimary.school!, managedBy: '520000' } };
    expect(authority(governed, 'primary', 'national')).toBe('520000');
  });

  it('of the same school is another one under another text [GZ-RO18, NAT-RO4]', () => {
    expect(authority(cityComplete, 'junior', 'guizhou')).toBe('520103');
    expect(authority(cityComplete, 'junior', 'national')).toBe('520100');
  });

  it('is the county at every stage under the national text where nobody governs directly [NAT-RO5]', () => {
    expect(authority(xiangyuanSenior, 'senior')).toBe('140423');
  });

  it('is the next one up where a place has none of the level asked for', () => {
    const under: Office = { ...yunyanPrimary, parent: guiyang._id, path: `${guiyang.path}${yunyanPrimary._id}/` };
    expect(authority(under, 'primary')).toBe('520100');
  });

  it('is asked of schools alone', () => {
    expect(() => authority(guiyang, 'primary')).toThrow('520100 is no school');
  });

  it('is not guessed where the tree ends below it', () => {
    expect(() => authority(yunyanPrimary, 'primary', 'guizhou', [])).toThrow('no authority');
  });
});
