import { buffer } from 'node:stream/consumers';
import { bagDigests, layTags, PayloadFile } from './bag';
import { digests, sm3 } from './digest';
import { zipOf } from './zip';

const file = (path: string, text: string): PayloadFile => ({
  path,
  size: Buffer.byteLength(text),
  ...digests(Buffer.from(text)),
});
const info = [['Bagging-Date', '2027-07-05']] as const;
const text = (tags: ReturnType<typeof layTags>, path: string) =>
  tags.find((tag) => tag.path === path)?.bytes.toString();

describe('digests', () => {
  /** GB/T 32905-2016, appendix A. */
  it.each([
    ['abc', '66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0'],
    ['abcd'.repeat(16), 'debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732'],
  ])('SM3 of %p is that of the standard', (message, digest) => {
    expect(sm3(message)).toBe(digest);
  });
});

describe('a bag', () => {
  const payload = [file('parts/registry.json', '{}'), file('copy.json', '{"a":1}'), file('files/100%.pdf', 'x')];

  it('has the tag files of BagIt 1.0, sorted, each payload file in every manifest', () => {
    const tags = layTags(payload, info);
    expect(tags.map(({ path }) => path)).toEqual([
      'bag-info.txt',
      'bagit.txt',
      'manifest-sha256.txt',
      'manifest-sm3.txt',
      'tagmanifest-sha256.txt',
      'tagmanifest-sm3.txt',
    ]);
    expect(text(tags, 'bagit.txt')).toBe('BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n');
    expect(text(tags, 'bag-info.txt')).toBe('Bagging-Date: 2027-07-05\nPayload-Oxum: 10.3\n');
    expect(text(tags, 'manifest-sha256.txt')).toBe(
      [payload[1], payload[2], payload[0]]
        .map(({ sha256, path }) => `${sha256}  data/${path.replace('%', '%25')}\n`)
        .join(''),
    );
    expect(text(tags, 'manifest-sm3.txt')?.split('\n')).toHaveLength(4);
  });

  it('is the same for the same files in any order, and another for another byte', () => {
    const one = bagDigests(layTags(payload, info));
    expect(bagDigests(layTags([...payload].reverse(), info))).toEqual(one);
    expect(bagDigests(layTags([...payload.slice(1), file('parts/registry.json', '[]')], info))).not.toEqual(one);
    expect(bagDigests(layTags(payload, [['Bagging-Date', '2027-07-06']]))).not.toEqual(one);
  });

  it.each(['../x', 'a//b', '/a', 'a/./b', 'a\\b'])('takes no file at %s', (path) => {
    expect(() => layTags([file(path, '')], info)).toThrow('plain path');
  });

  it('takes no two files at one path, and no value of two lines', () => {
    expect(() => layTags([payload[0], payload[0]], info)).toThrow('one path');
    expect(() => layTags(payload, [['Note', 'a\nFake: b']])).toThrow('one line');
  });
});

describe('a zip', () => {
  it('is the same bytes each time, read when its turn comes', async () => {
    const entries = [
      { path: 'copy/a.txt', bytes: Buffer.from('甲') },
      { path: 'copy/b.txt', bytes: () => Promise.resolve(Buffer.from('乙')) },
    ];
    const first = await buffer(zipOf(entries));
    expect(await buffer(zipOf(entries))).toEqual(first);
    expect(first.includes('甲')).toBe(true);
  });

  it('breaks off when a file cannot be read', async () => {
    const entries = [{ path: 'a', bytes: () => Promise.reject(new Error('gone')) }];
    await expect(buffer(zipOf(entries))).rejects.toThrow('gone');
  });
});
