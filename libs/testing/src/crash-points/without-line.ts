/**
 * Preload for negative controls: takes one line of protection out of one built file as it is loaded. `XUEJI_WITHOUT_LINE`
 * is `{"file": "libs/…/x.ts", "line": "<regular expression>", "instead": "…"}`; the expression must match exactly once,
 * so that a control cannot outlive the line it is about.
 */
import Module from 'node:module';
import { built } from '../places';

export interface WithoutLine {
  file: string;
  line: string;
  instead?: string;
}

type Compile = (this: unknown, source: string, file: string, ...rest: unknown[]) => unknown;

const given = process.env.XUEJI_WITHOUT_LINE;
if (given) {
  const { file, line, instead } = JSON.parse(given) as WithoutLine;
  const target = built(file);
  const loader = Module.prototype as unknown as { _compile: Compile };
  const compile = loader._compile;
  loader._compile = function (source, path, ...rest) {
    if (path !== target) return compile.call(this, source, path, ...rest);
    const found = source.match(new RegExp(line, 'g'))?.length ?? 0;
    if (found !== 1) throw new Error(`${file} has ${found} places like ${line}: which line shall be missing?`);
    return compile.call(this, source.replace(new RegExp(line), instead ?? ''), path, ...rest);
  };
}
