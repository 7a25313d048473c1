import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Root of the repository, whether this runs from the sources or from `dist`. */
export const root = ((): string => {
  let folder = __dirname;
  while (!existsSync(join(folder, 'package-lock.json'))) {
    const above = dirname(folder);
    if (above === folder) throw new Error(`no package-lock.json above ${__dirname}`);
    folder = above;
  }
  return folder;
})();

/** Where a source file lies once built, e.g. `built('apps/registry/src/main.ts')`. */
export const built = (source: string): string => {
  const file = join(root, 'dist', source.replace(/\.ts$/, '.js'));
  if (!existsSync(file)) throw new Error(`${file} is not built: npm run build`);
  return file;
};
