import { Office, pathUnder, School } from '../src/places/office';

/** Offices for tests: a corner of Guizhou and one of Changzhi, real division codes, schools that nobody has. */
const grown: Office[] = [];

const grow = (office: Pick<Office, '_id' | 'kind' | 'name'> & Partial<Office>): Office => {
  const above = grown.find((one) => one._id === office.parent);
  const full: Office = { lines: [], from: '2014-03-01', version: 1, path: pathUnder(above, office._id), ...office };
  grown.push(full);
  return full;
};

export const guizhou = grow({
  _id: '520000',
  kind: 'province',
  name: '贵州省教育厅',
  lines: [{ line: 'guizhou', from: '2014-03-01' }],
});
export const guiyang = grow({ _id: '520100', kind: 'city', name: '贵阳市教育局', parent: '520000' });
export const yunyan = grow({ _id: '520103', kind: 'county', name: '云岩区教育局', parent: '520100' });
export const xifeng = grow({ _id: '520122', kind: 'county', name: '息烽县教育局', parent: '520100' });
export const changzhi = grow({ _id: '140400', kind: 'city', name: '长治市教育局', from: '2013-09-01' });
export const lucheng = grow({
  _id: '140406',
  kind: 'county',
  name: '潞城区教育局',
  parent: '140400',
  from: '2018-11-01',
  lines: [{ line: 'changzhi-lucheng', from: '2019-09-01' }],
});
export const xiangyuan = grow({ _id: '140423', kind: 'county', name: '襄垣县教育局', parent: '140400' });

const school = (parent: Office, code: string, part: Omit<School, 'operator'>): Office =>
  grow({
    _id: code,
    kind: 'school',
    name: code,
    parent: parent._id,
    from: '2018-11-01',
    school: { operator: 'government', ...part },
  });

export const yunyanPrimary = school(yunyan, '2152000001', {
  type: 'primary',
  stages: ['primary'],
  managedBy: '520103',
});
/** Stands in Yunyan, governed by the city: junior and senior stage. */
export const cityComplete = school(yunyan, '3452000002', {
  type: 'complete',
  stages: ['junior', 'senior'],
  managedBy: '520100',
});
/** Stands in Xiangyuan, governed by the city. */
export const cityPrimary = school(xiangyuan, '2114000003', {
  type: 'primary',
  stages: ['primary'],
  managedBy: '140400',
});
export const xiangyuanSenior = school(xiangyuan, '3414000004', {
  type: 'senior',
  stages: ['senior'],
  managedBy: '140423',
});

export const tree: readonly Office[] = grown;
