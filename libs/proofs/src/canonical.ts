/**
 * RFC 8785: one text for one value, whoever writes it. Strings and numbers are written as ECMAScript writes them, which is
 * what the standard asks for; members are sorted by UTF-16 units. As in JSON, members that are undefined are left out and
 * a date is its ISO text.
 * @throws Error for what JSON has no form for: NaN, Infinity, a lone surrogate, undefined, a function, a circle
 */
export const canonical = (value: unknown): string => write(value, []);

export const canonicalBytes = (value: unknown): Buffer => Buffer.from(canonical(value), 'utf8');

/** Whether bytes are a JSON text in canonical form. */
export const isCanonical = (bytes: Uint8Array): boolean => {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    return canonical(JSON.parse(text)) === text;
  } catch {
    return false;
  }
};

const write = (value: unknown, above: readonly object[]): string => {
  if (value === null || typeof value === 'boolean') return String(value);
  if (typeof value === 'string') {
    if (!value.isWellFormed()) throw new Error('canonical JSON has no form for a lone surrogate');
    return JSON.stringify(value);
  }
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new Error(`canonical JSON has no form for ${value}`);
    return JSON.stringify(value);
  }
  if (typeof value !== 'object') throw new Error(`canonical JSON has no form for ${typeof value}`);
  if (above.includes(value)) throw new Error('canonical JSON has no form for a circle');
  const { toJSON } = value as { toJSON?: unknown };
  if (typeof toJSON === 'function') return write(toJSON.call(value), [...above, value]);
  const path = [...above, value];
  if (Array.isArray(value)) return `[${value.map((one) => write(one, path)).join(',')}]`;
  const members = Object.entries(value)
    .filter(([, one]) => one !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([name, one]) => `${write(name, path)}:${write(one, path)}`).join(',')}}`;
};
