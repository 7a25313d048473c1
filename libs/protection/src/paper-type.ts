import { Refused, refuse } from '#libs/service-kit';

/** Types of scan that are taken, by the bytes they begin with. */
const beginnings: [type: string, bytes: number[]][] = [
  ['application/pdf', [0x25, 0x50, 0x44, 0x46, 0x2d]],
  ['image/png', [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]],
  ['image/jpeg', [0xff, 0xd8, 0xff]],
];

/** What the bytes are, never what the name says; undefined: nothing that is taken. */
export const paperTypeOf = (bytes: Uint8Array): string | undefined =>
  beginnings.find(([, beginning]) => beginning.every((byte, i) => bytes[i] === byte))?.[0];

export const notAPaper = (): Refused =>
  refuse('not-a-paper', {
    status: 415,
    title: { zh: '文件类型不支持', en: 'Unsupported file type' },
    detail: { zh: '只接受 PDF、PNG 或 JPEG 扫描件。', en: 'Only PDF, PNG or JPEG scans are taken.' },
    remedy: { zh: '请重新扫描后上传。', en: 'Scan it again and upload.' },
    facts: { accepted: beginnings.map(([type]) => type) },
  });
