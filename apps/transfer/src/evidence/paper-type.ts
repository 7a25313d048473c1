/** Types of scan that are taken, by the bytes they begin with. */
const beginnings: [type: string, bytes: number[]][] = [
  ['application/pdf', [0x25, 0x50, 0x44, 0x46, 0x2d]],
  ['image/png', [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]],
  ['image/jpeg', [0xff, 0xd8, 0xff]],
];

/** Largest scan, in bytes. */
export const largestPaper = 10 * 1_048_576;

/** What the bytes are, never what the name says; undefined: nothing that is taken. */
export const paperTypeOf = (bytes: Uint8Array): string | undefined =>
  beginnings.find(([, beginning]) => beginning.every((byte, i) => bytes[i] === byte))?.[0];
