import { readFile, stat } from 'node:fs/promises';
import { StringDecoder } from 'node:string_decoder';
import { crc32, createInflateRaw } from 'node:zlib';
import * as yauzl from 'yauzl';
import { type Refused, refuse, type Text } from '#libs/contracts';

/** What a file may cost before it is looked into. Sizes in bytes. */
export interface WorkbookLimits {
  fileBytes: number;
  entries: number;
  /** Sum of the unpacked sizes. */
  unpackedBytes: number;
  /** Unpacked size of a part that is held in memory whole (texts, styles). */
  partBytes: number;
  /** Unpacked : packed of one part. Real workbooks have 5 to 30, a bomb up to 1000. */
  ratio: number;
}

export const workbookLimits: WorkbookLimits = {
  fileBytes: 20 * 1024 * 1024,
  entries: 500,
  unpackedBytes: 150 * 1024 * 1024,
  partBytes: 40 * 1024 * 1024,
  ratio: 120,
};

/** A part smaller than this may be packed as well as it can. */
const ratioMattersFrom = 1024 * 1024;

interface Part {
  name: string;
  packed: number;
  unpacked: number;
  crc: number;
  /** Offset of the packed bytes in the file. */
  start: number;
  stored: boolean;
}

/** A workbook that was looked at from outside and may be opened. */
export interface GuardedWorkbook {
  bytes: Uint8Array;
  parts: ReadonlyMap<string, Part>;
}

const again: Text = {
  zh: '请下载本系统的采集模板（.xlsx），填写后上传。',
  en: 'Download the collection template (.xlsx) of this system, fill it in and upload that.',
};
const saveAgain: Text = {
  zh: '请用Excel或WPS打开，另存为“Excel工作簿（.xlsx）”后重新上传。',
  en: 'Open it in Excel or WPS, save it as "Excel workbook (.xlsx)" and upload that.',
};

const refused = (
  slug: string,
  title: Text,
  detail: Text,
  remedy: Text,
  facts?: Record<string, unknown>,
  status = 422,
): Refused => refuse(slug, { status, title, detail, remedy, ...(facts && { facts }) });

const notAWorkbook = (kind: string, zh: string, en: string, remedy = saveAgain): Refused =>
  refused(
    'workbook-other-file',
    { zh: '不是xlsx工作簿', en: 'Not an xlsx workbook' },
    {
      zh: `这个文件是${zh}，不是xlsx工作簿；改扩展名不会改变内容。`,
      en: `The file is ${en}, not an xlsx workbook; another extension does not change what it is.`,
    },
    remedy,
    { kind },
  );

export const damagedWorkbook = (where?: string): Refused =>
  refused(
    'workbook-damaged',
    { zh: '工作簿已损坏', en: 'Damaged workbook' },
    { zh: '工作簿内容损坏，无法读取。', en: 'The content of the workbook is damaged and cannot be read.' },
    saveAgain,
    where ? { part: where } : undefined,
  );

const megabytes = (bytes: number) => Math.round((bytes / 1024 / 1024) * 10) / 10;

const unpacksTooFar = (detail: Text, facts: Record<string, unknown>): Refused =>
  refused(
    'workbook-unpacks-too-large',
    { zh: '工作簿解压后过大', en: 'The workbook unpacks to too much' },
    detail,
    {
      zh: '请只保留“学生”表中的数据：把数据复制到新下载的模板中（粘贴数值）后上传。',
      en: 'Keep only the data of the sheet 学生: paste it as values into a fresh template and upload that.',
    },
    facts,
  );

/**
 * Looks at a file from outside, before anything parses it, and refuses what is no workbook or is built to do harm. Only
 * the directory of the archive is read, so a bomb costs nothing.
 * @throws Refused `workbook-too-large`, `workbook-empty`, `workbook-other-file`, `workbook-password`, `workbook-truncated`,
 * `workbook-damaged`, `workbook-unpacks-too-large`, `workbook-macros`, `workbook-external-data`
 */
export const guardWorkbook = async (
  input: Uint8Array | string,
  limits: WorkbookLimits = workbookLimits,
): Promise<GuardedWorkbook> => {
  const size = typeof input === 'string' ? (await stat(input)).size : input.byteLength;
  if (size > limits.fileBytes) {
    throw refused(
      'workbook-too-large',
      { zh: '文件过大', en: 'The file is too large' },
      {
        zh: `文件有 ${megabytes(size)} MB，最多 ${megabytes(limits.fileBytes)} MB。`,
        en: `The file has ${megabytes(size)} MB, at most ${megabytes(limits.fileBytes)} MB.`,
      },
      {
        zh: '请去掉图片和多余的表，只保留“学生”表的数据。',
        en: 'Take out pictures and other sheets; keep the data of 学生.',
      },
      { bytes: size, limit: limits.fileBytes },
      413,
    );
  }
  const bytes = typeof input === 'string' ? await readFile(input) : input;
  lookAtHeader(bytes);

  const parts = new Map<string, Part>();
  let unpacked = 0;
  let count = 0;
  for await (const entry of directory(bytes)) {
    if (++count > limits.entries) {
      throw unpacksTooFar(
        {
          zh: `工作簿内含的部件超过 ${limits.entries} 个。`,
          en: `The workbook holds more than ${limits.entries} parts.`,
        },
        { limit: limits.entries },
      );
    }
    unpacked += entry.unpacked;
    if (unpacked > limits.unpackedBytes) {
      throw unpacksTooFar(
        {
          zh: `工作簿解压后超过 ${megabytes(limits.unpackedBytes)} MB。`,
          en: `The workbook unpacks to more than ${megabytes(limits.unpackedBytes)} MB.`,
        },
        { limit: limits.unpackedBytes, part: entry.name },
      );
    }
    const ratio = entry.packed === 0 ? 0 : entry.unpacked / entry.packed;
    if (entry.unpacked > ratioMattersFrom && ratio > limits.ratio) {
      throw unpacksTooFar(
        {
          zh: `部件 ${entry.name} 的压缩比为 ${Math.round(ratio)}:1，不像正常的工作簿。`,
          en: `The part ${entry.name} is packed ${Math.round(ratio)}:1, which no ordinary workbook is.`,
        },
        { part: entry.name, ratio: Math.round(ratio), limit: limits.ratio },
      );
    }
    if (entry.unpacked > limits.partBytes && !isSheet(entry.name)) {
      throw unpacksTooFar(
        {
          zh: `部件 ${entry.name} 解压后超过 ${megabytes(limits.partBytes)} MB。`,
          en: `The part ${entry.name} unpacks to more than ${megabytes(limits.partBytes)} MB.`,
        },
        { part: entry.name, limit: limits.partBytes },
      );
    }
    // Two entries of one name, or sizes that deny what is there, make two readers see two files.
    const lies = entry.stored ? entry.packed !== entry.unpacked : (entry.unpacked === 0) !== entry.packed <= 2;
    if (lies || parts.has(entry.name)) throw damagedWorkbook(entry.name);
    parts.set(entry.name, entry);
  }
  lookAtParts(parts);
  return { bytes, parts };
};

const isSheet = (name: string) => /^xl\/worksheets\/[^/]+\.xml$/.test(name);

const ascii = (bytes: Uint8Array, from: number, to: number) => Buffer.from(bytes.subarray(from, to)).toString('latin1');

const lookAtHeader = (bytes: Uint8Array) => {
  if (bytes.byteLength === 0) {
    throw refused(
      'workbook-empty',
      { zh: '文件为空', en: 'The file is empty' },
      { zh: '文件没有任何内容（0字节）。', en: 'The file has no content (0 bytes).' },
      again,
    );
  }
  const head = ascii(bytes, 0, 8);
  if (head.startsWith('\xD0\xCF\x11\xE0')) {
    const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    if (file.includes(Buffer.from('EncryptedPackage', 'utf16le'))) {
      throw refused(
        'workbook-password',
        { zh: '工作簿有打开密码', en: 'The workbook has a password' },
        { zh: '工作簿设置了打开密码，无法读取。', en: 'The workbook is protected by a password and cannot be read.' },
        { zh: '请取消打开密码后另存、重新上传。', en: 'Remove the password, save and upload again.' },
      );
    }
    throw notAWorkbook('xls', '旧式xls（或doc、et）文件', 'an old xls (or doc, et) file');
  }
  if (head.startsWith('%PDF')) throw notAWorkbook('pdf', 'PDF文件', 'a PDF file', again);
  if (head.startsWith('Rar!')) throw notAWorkbook('rar', 'RAR压缩包', 'a RAR archive', again);
  if (head.startsWith('7z\xBC\xAF')) throw notAWorkbook('7z', '7z压缩包', 'a 7z archive', again);
  if (head.startsWith('\xFF\xD8\xFF') || head.startsWith('\x89PNG')) {
    throw notAWorkbook('image', '图片', 'a picture', again);
  }
  if (head.startsWith('PK')) {
    if (!hasDirectory(bytes)) {
      throw refused(
        'workbook-truncated',
        { zh: '文件不完整', en: 'The file is incomplete' },
        { zh: '文件在传输中被截断，缺少结尾部分。', en: 'The file was cut off on its way: its end is missing.' },
        {
          zh: '请重新上传；仍不行的，请重新另存后上传。',
          en: 'Upload it again; if that does not help, save it anew first.',
        },
        { bytes: bytes.byteLength },
      );
    }
    return;
  }
  const start = ascii(bytes, 0, 1024).toLowerCase();
  if (/<html|<!doctype html|<table/.test(start)) throw notAWorkbook('html', '网页（HTML）', 'a web page (HTML)');
  if (start.includes('<?xml')) throw notAWorkbook('xml', 'XML文件', 'an XML file');
  // Text in UTF-8 or GB 18030 has none of these bytes; a table of it is a renamed CSV.
  const looksLikeText = !/[\x00-\x08\x0E-\x1A\x1C-\x1F]/.test(start);
  if (looksLikeText) throw notAWorkbook('csv', '文本（CSV）文件', 'a text (CSV) file');
  throw notAWorkbook('unknown', '未知格式的文件', 'of an unknown kind', again);
};

/** End of central directory, which lies in the last 64 KB of every zip archive. */
const hasDirectory = (bytes: Uint8Array): boolean => {
  const tail = Buffer.from(bytes.subarray(Math.max(0, bytes.byteLength - 65557)));
  return tail.lastIndexOf('PK\x05\x06', undefined, 'latin1') >= 0;
};

const directory = async function* (bytes: Uint8Array): AsyncGenerator<Part> {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let zip: yauzl.ZipFile;
  try {
    zip = await new Promise<yauzl.ZipFile>((resolve, reject) =>
      yauzl.fromBuffer(file, { lazyEntries: true, strictFileNames: true }, (error, opened) =>
        error ? reject(error) : resolve(opened),
      ),
    );
  } catch {
    throw damagedWorkbook();
  }
  for (;;) {
    const entry = await new Promise<yauzl.Entry | undefined>((resolve, reject) => {
      const settle = (result: yauzl.Entry | undefined) => {
        zip.removeAllListeners();
        resolve(result);
      };
      zip.once('entry', settle);
      zip.once('end', () => settle(undefined));
      zip.once('error', () => {
        zip.removeAllListeners();
        reject(damagedWorkbook());
      });
      zip.readEntry();
    });
    if (!entry) return;
    if (entry.fileName.endsWith('/')) continue;
    const offset = entry.relativeOffsetOfLocalHeader;
    const stored = entry.compressionMethod === 0;
    const encrypted = (entry.generalPurposeBitFlag & 1) === 1;
    const sizeElsewhere = entry.compressedSize === 0 && (entry.generalPurposeBitFlag & 8) === 8;
    if (encrypted || sizeElsewhere || (!stored && entry.compressionMethod !== 8) || offset + 30 > file.length) {
      throw damagedWorkbook(entry.fileName);
    }
    const start = offset + 30 + file.readUInt16LE(offset + 26) + file.readUInt16LE(offset + 28);
    if (file.readUInt32LE(offset) !== 0x04034b50 || start + entry.compressedSize > file.length) {
      throw damagedWorkbook(entry.fileName);
    }
    yield {
      name: entry.fileName,
      packed: entry.compressedSize,
      unpacked: entry.uncompressedSize,
      crc: entry.crc32,
      start,
      stored,
    };
  }
};

const lookAtParts = (parts: ReadonlyMap<string, Part>) => {
  const names = [...parts.keys()];
  const has = (pattern: RegExp) => names.find((name) => pattern.test(name));
  if (!parts.has('xl/workbook.xml') || !parts.has('[Content_Types].xml')) {
    if (parts.has('xl/workbook.bin')) throw notAWorkbook('xlsb', '二进制工作簿（xlsb）', 'a binary workbook (xlsb)');
    if (has(/^word\//)) throw notAWorkbook('docx', 'Word文档', 'a Word document', again);
    if (has(/^ppt\//)) throw notAWorkbook('pptx', '演示文稿', 'a presentation', again);
    if (parts.has('mimetype')) throw notAWorkbook('ods', 'OpenDocument文件', 'an OpenDocument file');
    throw notAWorkbook('zip', '普通压缩包（zip）', 'an ordinary zip archive', again);
  }
  const macro = has(/^xl\/(vbaProject\.bin|macrosheets\/|dialogsheets\/|activeX\/|embeddings\/)/i);
  if (macro) {
    throw refused(
      'workbook-macros',
      { zh: '工作簿含有宏或嵌入对象', en: 'The workbook holds macros or embedded objects' },
      {
        zh: '为安全起见，不接受含宏（xlsm）或嵌入对象的工作簿。',
        en: 'Workbooks with macros (xlsm) or embedded objects are not taken.',
      },
      saveAgain,
      { part: macro },
    );
  }
  const external = has(/^xl\/(externalLinks\/|connections\.xml|queryTables\/)/i);
  if (external) {
    throw refused(
      'workbook-external-data',
      { zh: '工作簿链接到其他文件', en: 'The workbook links to other files' },
      {
        zh: '工作簿引用了其他工作簿或外部数据，其中的值无法核实。',
        en: 'The workbook takes values from other workbooks or outside data.',
      },
      {
        zh: '请把数据复制到新下载的模板中（选择性粘贴—数值）后上传。',
        en: 'Paste the data as values into a fresh template and upload that.',
      },
      { part: external },
    );
  }
};

/**
 * Unpacks one part as text, chunk by chunk; never more than the directory announced.
 * @throws Refused `workbook-damaged` when the bytes are not what the directory says
 */
export const unpack = async function* (workbook: GuardedWorkbook, name: string): AsyncGenerator<string> {
  const part = workbook.parts.get(name);
  if (!part) throw damagedWorkbook(name);
  const packed = Buffer.from(workbook.bytes.buffer, workbook.bytes.byteOffset + part.start, part.packed);
  let sum = 0;
  let size = 0;
  const decoder = new StringDecoder('utf8');
  const check = (chunk: Buffer): string => {
    size += chunk.length;
    if (size > part.unpacked) throw damagedWorkbook(name);
    sum = crc32(chunk, sum);
    return decoder.write(chunk);
  };
  if (part.stored) {
    yield check(packed);
  } else {
    const inflate = createInflateRaw({ chunkSize: 256 * 1024 });
    inflate.end(packed);
    try {
      for await (const chunk of inflate) yield check(chunk as Buffer);
    } catch (error) {
      throw error instanceof Error && error.name === 'Refused' ? error : damagedWorkbook(name);
    }
  }
  if (size !== part.unpacked || sum !== part.crc) throw damagedWorkbook(name);
};

/** Text of a small part. */
export const unpackText = async (workbook: GuardedWorkbook, name: string): Promise<string> => {
  let text = '';
  for await (const chunk of unpack(workbook, name)) text += chunk;
  return text;
};
