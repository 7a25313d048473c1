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

/** The elements of one name, in order, without their own tags; `` for an empty one. Never looks at a byte twice. */
export const elementsOf = function* (
  xml: string,
  name: string,
): Generator<{ tag: string; inner: string; start: number; end: number }, void, undefined> {
  const open = `<${name}`;
  const close = `</${name}>`;
  for (let at = xml.indexOf(open); at >= 0; at = xml.indexOf(open, at)) {
    const tagEnd = xml.indexOf('>', at);
    if (tagEnd < 0) return;
    const tag = xml.slice(at, tagEnd);
    const start = at;
    at += open.length;
    // A longer name that begins with this one is another element.
    if (!/^[\s/]|^$/.test(tag.slice(open.length, open.length + 1))) continue;
    if (tag.endsWith('/')) {
      yield { tag, inner: '', start, end: tagEnd + 1 };
      at = tagEnd;
      continue;
    }
    const end = xml.indexOf(close, tagEnd);
    if (end < 0) return;
    yield { tag, inner: xml.slice(tagEnd + 1, end), start, end: end + close.length };
    at = end;
  }
};

/** All runs of a rich or plain text, without the reading aids (phonetics) that some programs add. */
export const textIn = (xml: string, prefix: string): string => {
  let base = xml;
  if (xml.includes('rPh')) {
    base = '';
    let from = 0;
    for (const { start, end } of elementsOf(xml, `${prefix}rPh`)) {
      base += xml.slice(from, start);
      from = end;
    }
    base += xml.slice(from);
  }
  let text = '';
  for (const { inner } of elementsOf(base, `${prefix}t`)) text += inner;
  return decodeXml(text);
};
