import * as fontkit from 'fontkit';

/** Characters that no font here has: a document without them would name somebody else. */
export class MissingGlyph extends Error {
  override readonly name = 'MissingGlyph';

  constructor(readonly characters: string[]) {
    super(`no font has ${characters.map((one) => `U+${one.codePointAt(0)!.toString(16).toUpperCase()}`).join(', ')}`);
  }
}

export interface FontFile {
  name: string;
  path: string;
}

/** Fonts in the order in which they are tried, with what they cover. */
export class Glyphs {
  private readonly covers: { name: string; has: (code: number) => boolean }[];

  constructor(files: readonly FontFile[]) {
    this.covers = files.map(({ name, path }) => {
      const font = fontkit.openSync(path);
      if (!('hasGlyphForCodePoint' in font)) throw new Error(`${path} is a collection of fonts, not one`);
      return { name, has: (code) => font.hasGlyphForCodePoint(code) };
    });
  }

  /**
   * A text cut into runs, each with the first font that has its characters.
   * @throws MissingGlyph naming every character that no font has
   */
  runs(text: string): { text: string; font: string }[] {
    const runs: { text: string; font: string }[] = [];
    const missing = new Set<string>();
    for (const character of text.normalize('NFC')) {
      const code = character.codePointAt(0)!;
      if (code < 0x20) continue;
      const font = this.covers.find(({ has }) => has(code))?.name;
      const last = runs.at(-1);
      if (font === undefined) missing.add(character);
      else if (last?.font === font) last.text += character;
      else runs.push({ text: character, font });
    }
    if (missing.size > 0) throw new MissingGlyph([...missing]);
    return runs;
  }
}
