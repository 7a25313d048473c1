import { applyDecorators } from '@nestjs/common';
import { ApiBody, ApiConsumes } from '@nestjs/swagger';
import { invalidInput } from '#libs/contracts';

/** A request that carries one file, as the multipart plugin of the HTTP server shows it. */
export interface Upload {
  isMultipart(): boolean;
  file(): Promise<{ filename: string; toBuffer(): Promise<Buffer> } | undefined>;
}

export interface UploadedFile {
  filename: string;
  bytes: Buffer;
}

/** Describes a route that takes one file in the field `file`. */
export const ApiUpload = () =>
  applyDecorators(
    ApiConsumes('multipart/form-data'),
    ApiBody({
      schema: { type: 'object', properties: { file: { type: 'string', format: 'binary' } }, required: ['file'] },
    }),
  );

/** The file that came, also an empty one. @throws Refused `invalid-input` when there is none */
export const fileOf = async (request: Upload): Promise<UploadedFile> => {
  const file = request.isMultipart() ? await request.file() : undefined;
  if (!file)
    throw invalidInput([{ field: 'file', code: 'isNotEmpty', message: { zh: '没有文件', en: 'No file was sent' } }]);
  return { filename: file.filename, bytes: await file.toBuffer() };
};
