import { Readable } from 'node:stream';
import { ZipFile } from 'yazl';

export interface ZipEntry {
  path: string;
  /** The bytes, or where they come from when their turn is there. */
  bytes: Buffer | (() => Promise<Buffer>);
}

/** The first day that a zip can name: the time of a copy stands in the copy, not in its wrapping. */
const mtime = new Date(1980, 0, 1);

/**
 * A zip that is the same, byte for byte, for the same entries in the same order: stored and not packed, so that no
 * version of a packer has a say, under one time and one mode. Files are read one by one, as the reader takes them.
 */
export const zipOf = (entries: readonly ZipEntry[]): Readable => {
  const zip = new ZipFile();
  const options = { mtime, mode: 0o100644, compress: false, forceDosTimestamp: true };
  for (const { path, bytes } of entries) {
    if (Buffer.isBuffer(bytes)) zip.addBuffer(bytes, path, options);
    else
      zip.addReadStreamLazy(path, options, (done) => {
        bytes().then(
          (read) => done(null, Readable.from([read])),
          (fault: unknown) => done(fault as Error, undefined as never),
        );
      });
  }
  const output = zip.outputStream as Readable;
  // A file that cannot be read breaks the zip off; half a zip that looks whole would be worse.
  zip.on('error', (fault: Error) => output.destroy(fault));
  zip.end();
  return output;
};
