/** The little of XML that a sheet needs. Documents with a DTD never come here. */

/** Value of an attribute of a tag, as written between its quotes; entities are decoded. */
export const attributeOf = (tag: string, name: string): string | undefined => {
  const plain = ` ${name}="`;
  const at = tag.indexOf(plain);
  if (at >= 0) {
    const value = tag.slice(at + plain.length, tag.indexOf('"', at + plain.length));
    return value.includes('&') ? decodeEntities(value) : value;
  }
  const other = new RegExp(`\\s${name}\\s*=\\s*(?:"([^"]*)"|'([^']*)')`);
  const found = tag.includes("'") || /\s=|=\s|[\t\r\n]/.test(tag) ? other.exec(tag) : null;
  return found ? decodeEntities(found[1] ?? found[2]) : undefined;
};

const named: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

const decodeEntities = (text: string): string =>
  text.replace(/&(?:#x([0-9a-fA-F]{1,6})|#(\d{1,7})|(\w+));/g, (whole, hex: string, decimal: string, name: string) => {
    if (name !== undefined) return named[name] ?? whole;
    const point = hex === undefined ? Number(decimal) : parseInt(hex, 16);
    return point <= 0x10ffff ? String.fromCodePoint(point) : '\uFFFD';
  });

/** Text of an element: entities, and the `_x000D_` that spreadsheets write for characters XML cannot hold. */
export const decodeXml = (text: string): string => {
  const decoded = text.includes('&') ? decodeEntities(text) : text;
  return decoded.includes('_x')
    ? decoded.replace(/_x([0-9a-fA-F]{4})_/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)))
    : decoded;
};

/** All text runs of a rich or plain text, without the reading aids (phonetics) that some programs add. */
export const textIn = (xml: string): string => {
  const base = xml.includes('rPh') ? xml.replace(/<((?:\w+:)?)rPh\b[\s\S]*?<\/\1rPh>/g, '') : xml;
  let text = '';
  for (const [, run] of base.matchAll(/<(?:\w+:)?t(?:\s[^>]*)?(?<!\/)>([^<]*)</g)) text += run;
  return decodeXml(text);
};
