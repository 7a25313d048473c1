import { CopyPdf } from './copy-pdf';
import { Glyphs, MissingGlyph } from './glyphs';

const regular = require.resolve('@expo-google-fonts/noto-sans-sc/400Regular/NotoSansSC_400Regular.ttf');
const fonts = new Glyphs([{ name: 'Noto', path: regular }]);

describe('the font of readable copies', () => {
  it.each(['王㛃', '䶮𬍛𫍯𬭎', '㼆喆堃垚犇', '㸚龘𬱖𫖳', '贵州省贵阳市云岩区', 'G520103201501011234 (2027-07-05)'])(
    'has %s',
    (text) => {
      expect(fonts.runs(text)).toEqual([{ text, font: 'Noto' }]);
    },
  );

  it('names every character that it does not have, instead of drawing a box', () => {
    expect(() => fonts.runs('𠮷田𡋾')).toThrow(MissingGlyph);
    try {
      fonts.runs('𠮷田𡋾');
    } catch (fault) {
      expect((fault as MissingGlyph).characters).toEqual(['𠮷', '𡋾']);
      expect((fault as MissingGlyph).message).toContain('U+20BB7');
    }
  });

  it('is embedded, and a document with a missing glyph is not made', async () => {
    const pdf = new CopyPdf({} as never, {} as never, {} as never, {} as never);
    const bytes = await pdf.render([
      { heading: '学生学籍档案', level: 1 },
      { label: '姓名', text: '王㛃䶮' },
    ]);
    expect(bytes.subarray(0, 5).toString()).toBe('%PDF-');
    expect(bytes.includes('NotoSansSC')).toBe(true);
    expect(bytes.includes('FontFile')).toBe(true);
    await expect(pdf.render([{ label: '姓名', text: '𠮷' }])).rejects.toThrow(MissingGlyph);
  }, 30_000);
});
