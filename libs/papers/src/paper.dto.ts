import { applyDecorators, Header } from '@nestjs/common';
import { ApiOkResponse, ApiProduces, ApiProperty } from '@nestjs/swagger';
import { Matches } from 'class-validator';
import { notFound } from '#libs/service-kit';
import type { ShownPaper } from './keep-papers';

export class UploadPaperQuery {
  @ApiProperty({ description: 'School in whose name the paper is uploaded', example: '2152000001' })
  @Matches(/^\d{10}$/)
  school: string;
}

export class UploadedPaperDoc {
  @ApiProperty({ description: 'SHA-256 of the bytes, hex: the address of the paper' }) digest: string;
  @ApiProperty() size: number;
  @ApiProperty({ enum: ['application/pdf', 'image/png', 'image/jpeg'] }) type: string;
}

/** What a route of papers may refuse besides. */
export const paperProblems: [number, string][] = [
  [413, 'too-large: above 10 MB'],
  [415, 'not-a-paper: no PDF, PNG or JPEG by its bytes'],
];

/** Describes a route that shows a paper, which nobody on the way keeps. */
export const ShowsPaper = () =>
  applyDecorators(
    Header('Cache-Control', 'no-store'),
    ApiProduces('application/pdf', 'image/png', 'image/jpeg'),
    ApiOkResponse({ schema: { type: 'string', format: 'binary' } }),
  );

export interface PaperReply {
  header(name: string, value: string): PaperReply;
  send(body: Buffer): void;
}

/** @throws Refused `not-found` for what is no digest: there is no such paper */
export const digestOf = (text: string): string => {
  if (!/^[0-9a-f]{64}$/.test(text)) throw notFound();
  return text;
};

/** As an attachment under its digest, so that no browser runs or guesses anything. */
export const sendPaper = (reply: PaperReply, digest: string, { bytes, type }: ShownPaper): void => {
  reply
    .header('Content-Type', type)
    .header('X-Content-Type-Options', 'nosniff')
    .header('Content-Disposition', `attachment; filename="${digest.slice(0, 12)}"`)
    .send(bytes);
};
