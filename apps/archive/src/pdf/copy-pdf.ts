import { Injectable } from '@nestjs/common';
import pdfmake from 'pdfmake';
import type { Content, TDocumentDefinitions } from 'pdfmake/interfaces';
import { Actor } from '#libs/access';
import { Audit } from '#libs/audit';
import { Files } from '#libs/protection';
import type { PartDocument } from '#libs/sealing';
import { Clock, notFound, refuse } from '#libs/service-kit';
import { CopiesRepository } from '../copies/copies.repository';
import type { Copy } from '../copies/copy';
import { FontFile, Glyphs, MissingGlyph } from './glyphs';

/**
 * Noto Sans SC (SIL Open Font License 1.1), whole: the basic block, Extension A, and the table of standard characters. A place
 * whose people have names beyond it names a font that has them in `XUEJI_EXTRA_FONT`.
 */
const fontFiles = (): FontFile[] => [
  { name: 'Noto', path: require.resolve('@expo-google-fonts/noto-sans-sc/400Regular/NotoSansSC_400Regular.ttf') },
  ...(process.env.XUEJI_EXTRA_FONT ? [{ name: 'Extra', path: process.env.XUEJI_EXTRA_FONT }] : []),
];

const labels: Record<string, string> = {
  name: '姓名',
  sex: '性别',
  birthDate: '出生日期',
  ethnic: '民族',
  idNumber: '身份证件号',
  entryDate: '入学日期',
  school: '学校',
  class: '班级',
  address: '住址',
  guardian: '监护人',
  household: '户籍',
};
const ownerNames: Record<string, string> = { registry: '学籍', transfer: '异动', attendance: '考勤' };

/** A copy as people read it, made when it is asked for. What proves is the bag; this says which. */
@Injectable()
export class CopyPdf {
  private fonts?: Glyphs;

  constructor(
    private readonly copies: CopiesRepository,
    private readonly files: Files,
    private readonly audit: Audit,
    private readonly clock: Clock,
  ) {}

  /** @throws Refused `not-found`; `missing-glyph` (500 would hide it, a box would name another child) */
  async make(actor: Actor, id: string): Promise<Buffer> {
    const copy = await this.copies.inScope(actor, id);
    if (!copy?.sealed) throw notFound();
    const parts = new Map<string, PartDocument>();
    for (const { owner, digest } of copy.parts) {
      const bytes = await this.files.get(digest!);
      if (!bytes) throw new Error('a part of a sealed copy is not there');
      parts.set(owner, JSON.parse(bytes.toString('utf8')) as PartDocument);
    }
    try {
      const pdf = await this.render(contentOf(copy, parts));
      await this.audit.write([
        {
          act: 'archive.copy.read',
          account: actor.account,
          post: actor.posts[0]._id,
          subject: { kind: 'copy', id },
          at: this.clock.now(),
          duty: 'archive-inquiry',
        },
      ]);
      return pdf;
    } catch (fault) {
      if (fault instanceof MissingGlyph) throw noGlyph(fault);
      throw fault;
    }
  }

  /** Lines of a document: a heading, or a label with its text. @throws MissingGlyph */
  async render(lines: readonly Line[]): Promise<Buffer> {
    const files = fontFiles();
    this.fonts ??= new Glyphs(files);
    const written = (text: string, style: object = {}) => this.fonts!.runs(text).map((run) => ({ ...run, ...style }));
    const content = lines.map((line): Content => {
      if ('heading' in line)
        return { text: written(line.heading, { fontSize: line.level === 1 ? 18 : 13 }), margin: [0, 10, 0, 4] };
      const label = { width: 110, text: written(line.label, { color: '#555555' }) };
      return { columns: [label, { width: '*', text: written(line.text) }], margin: [0, 1, 0, 1] };
    });
    const definition: TDocumentDefinitions = {
      pageSize: 'A4',
      defaultStyle: { font: 'Noto', fontSize: 9.5 },
      content,
      footer: (page, pages) => ({ text: `${page} / ${pages}`, alignment: 'center', fontSize: 8 }),
    };
    pdfmake.setFonts(
      Object.fromEntries(
        files.map(({ name, path }) => [name, { normal: path, bold: path, italics: path, bolditalics: path }]),
      ),
    );
    pdfmake.setUrlAccessPolicy(() => false);
    pdfmake.setLocalAccessPolicy((path: string) => files.some((file) => file.path === path));
    return pdfmake.createPdf(definition).getBuffer();
  }
}

export type Line = { heading: string; level: 1 | 2 } | { label: string; text: string };

const contentOf = (copy: Copy, parts: ReadonlyMap<string, PartDocument>): Line[] => {
  const registry = parts.get('registry')?.data ?? {};
  const lines: Line[] = [
    { heading: copy.kind === 'permanent' ? '学生学籍档案（永久保存）' : '学生学籍档案（转出留存副本）', level: 1 },
    { label: '副本编号', text: copy._id },
    { label: '学校代码', text: copy.school },
    { label: '封存日期', text: copy.sealed!.on },
    { label: '封存摘要', text: `SHA-256 ${copy.sealed!.sha256}` },
    { label: '', text: `SM3 ${copy.sealed!.sm3}` },
    { label: '日志叶子', text: String(copy.sealed!.leaf) },
    { heading: '基本信息', level: 2 },
  ];
  for (const [item, value] of Object.entries((registry.basicInfo ?? {}) as Record<string, unknown>))
    lines.push({ label: labels[item] ?? item, text: plain(value) });
  for (const { kind, number } of (registry.numbers ?? []) as { kind: string; number: string }[])
    lines.push({ label: '学籍号', text: `${kind} ${number}` });
  lines.push({ heading: '学籍变动', level: 2 });
  for (const event of (registry.events ?? []) as { effectiveOn?: string; type?: string }[])
    lines.push({ label: event.effectiveOn ?? '', text: (event.type ?? '').replace(/^cn\.xueji\.|\.v\d+$/g, '') });
  for (const [owner, part] of parts) {
    if (owner === 'registry') continue;
    lines.push({ heading: ownerNames[owner] ?? owner, level: 2 });
    for (const [name, value] of Object.entries(part.data))
      if (name !== 'audit') lines.push({ label: name, text: plain(value) });
  }
  lines.push({ heading: '材料', level: 2 });
  for (const { owner, papers } of copy.parts)
    for (const { name, digest, missing } of papers ?? [])
      lines.push({ label: `${ownerNames[owner] ?? owner} ${name}`, text: missing ? '缺' : digest });
  for (const { item } of copy.missing) lines.push({ label: '缺项', text: item });
  return lines;
};

const plain = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value ?? ''));

const noGlyph = ({ characters }: MissingGlyph) =>
  refuse('missing-glyph', {
    status: 422,
    title: { zh: '字体缺字，无法打印', en: 'A character has no glyph' },
    detail: {
      zh: `下列字在现有字体中没有字形：${characters.join('、')}。宁可不印，也不印成方框。`,
      en: `No font here has ${characters.map((one) => `U+${one.codePointAt(0)!.toString(16).toUpperCase()}`).join(', ')}; a box in its place would name somebody else.`,
    },
    remedy: {
      zh: '请运维人员用 XUEJI_EXTRA_FONT 指定含有该字的字体；档案包本身可照常导出。',
      en: 'Have the operator name a font that has it in XUEJI_EXTRA_FONT; the bag itself can be exported as ever.',
    },
    facts: { characters },
  });
