import { zip, type ArchiveEntry } from './archive';

/** A file that must not be read, and the slug of the problem document that must answer it. */
export interface HostileFile {
  what: string;
  bytes: Buffer;
  refused: string;
}

const contentTypes: ArchiveEntry = { name: '[Content_Types].xml', content: '<Types/>' };
const workbook: ArchiveEntry = { name: 'xl/workbook.xml', content: '<workbook/>' };

/** Broken and malicious uploads. None is larger than half a megabyte. @param good a workbook that would be taken */
export const hostileFiles = (good: Uint8Array): HostileFile[] => {
  const bytes = Buffer.from(good);
  const bomb = Buffer.alloc(24 * 1024 * 1024, 'A');
  return [
    { what: 'nothing', bytes: Buffer.alloc(0), refused: 'workbook-empty' },
    {
      what: 'a workbook cut off in the middle',
      bytes: bytes.subarray(0, bytes.length >> 1),
      refused: 'workbook-truncated',
    },
    { what: 'a workbook without its last kilobyte', bytes: bytes.subarray(0, -1024), refused: 'workbook-truncated' },
    { what: 'a CSV file renamed', bytes: Buffer.from('姓名,性别\n张三,男\n'), refused: 'workbook-other-file' },
    {
      what: 'a CSV file of GBK text renamed',
      bytes: Buffer.from([0xd0, 0xd5, 0xc3, 0xfb, 0x2c, 0xd0, 0xd4, 0xb1, 0xf0, 0x0d, 0x0a]),
      refused: 'workbook-other-file',
    },
    {
      what: 'a web page named xls',
      bytes: Buffer.from('<html><table><tr><td>张三</td></tr></table></html>'),
      refused: 'workbook-other-file',
    },
    { what: 'a PDF renamed', bytes: Buffer.from('%PDF-1.7\n'), refused: 'workbook-other-file' },
    { what: 'a picture renamed', bytes: Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), refused: 'workbook-other-file' },
    { what: 'an old xls', bytes: compound('Workbook'), refused: 'workbook-other-file' },
    { what: 'a workbook with a password', bytes: compound('EncryptedPackage'), refused: 'workbook-password' },
    { what: 'random bytes', bytes: Buffer.from('8f0013fea1b2c3d4e5f60718', 'hex'), refused: 'workbook-other-file' },
    { what: 'a zip of photos', bytes: zip([{ name: '张三.jpg', content: 'x' }]), refused: 'workbook-other-file' },
    {
      what: 'a Word document renamed',
      bytes: zip([contentTypes, { name: 'word/document.xml', content: '<w/>' }]),
      refused: 'workbook-other-file',
    },
    {
      what: 'a binary workbook renamed',
      bytes: zip([contentTypes, { name: 'xl/workbook.bin', content: 'x' }]),
      refused: 'workbook-other-file',
    },
    {
      what: 'a bomb of a thousand to one',
      bytes: zip([contentTypes, workbook, { name: 'xl/worksheets/sheet1.xml', content: bomb }]),
      refused: 'workbook-unpacks-too-large',
    },
    {
      what: 'a bomb that says it is small',
      bytes: zip([contentTypes, workbook, { name: 'xl/_rels/workbook.xml.rels', content: bomb, unpackedSize: 1000 }]),
      refused: 'workbook-damaged',
    },
    {
      what: 'two thousand parts',
      bytes: zip([
        contentTypes,
        workbook,
        ...Array.from({ length: 2000 }, (_, i) => ({ name: `xl/media/${i}.png`, content: '' })),
      ]),
      refused: 'workbook-unpacks-too-large',
    },
    {
      what: 'one part twice',
      bytes: zip([contentTypes, workbook, { ...workbook, content: '<workbook></workbook>' }]),
      refused: 'workbook-damaged',
    },
    {
      what: 'a macro workbook named xlsx',
      bytes: zip([contentTypes, workbook, { name: 'xl/vbaProject.bin', content: 'x' }]),
      refused: 'workbook-macros',
    },
    {
      what: 'a workbook that takes values from another file',
      bytes: zip([contentTypes, workbook, { name: 'xl/externalLinks/externalLink1.xml', content: '<x/>' }]),
      refused: 'workbook-external-data',
    },
    {
      what: 'a part that leads out of the archive',
      bytes: zip([contentTypes, workbook, { name: '../../etc/passwd', content: 'x' }]),
      refused: 'workbook-damaged',
    },
    {
      what: 'a workbook of another maker',
      bytes: zip([
        contentTypes,
        {
          name: 'xl/workbook.xml',
          content: '<workbook xmlns:r="r"><sheets><sheet name="Sheet1" r:id="rId1"/></sheets></workbook>',
        },
        {
          name: 'xl/_rels/workbook.xml.rels',
          content:
            '<Relationships><Relationship Id="rId1" Target="worksheets/sheet1.xml" Type="worksheet"/></Relationships>',
        },
        { name: 'xl/worksheets/sheet1.xml', content: '<worksheet><sheetData/></worksheet>' },
      ]),
      refused: 'workbook-not-ours',
    },
  ];
};

/** Head of a compound file, with the name of a stream in its directory. */
const compound = (stream: string): Buffer =>
  Buffer.concat([
    Buffer.from('d0cf11e0a1b11ae1', 'hex'),
    Buffer.alloc(1016),
    Buffer.from(stream, 'utf16le'),
    Buffer.alloc(512),
  ]);
