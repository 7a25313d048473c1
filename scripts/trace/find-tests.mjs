import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import ts from 'typescript';

const suffixes = [
  ['.e2e-spec.ts', 'e2e'],
  ['.int-spec.ts', 'int'],
  ['.spec.ts', 'unit'],
];
const skipped = new Set(['node_modules', 'dist', '.run', '.git']);

/** Ids that a title names: `refuses the 51st pupil [CZ-CL3, D5-01]`. */
export const idsIn = (title) =>
  [...title.matchAll(/\[([A-Z][A-Z0-9]*-?[A-Z0-9]*(?:, *[A-Z][A-Z0-9]*-?[A-Z0-9]*)*)\]/g)]
    .flatMap(([, ids]) => ids.split(/, */))
    .filter((id) => /^DQ\d+$/.test(id) || /-.*\d/.test(id));

function* specFiles(folder) {
  for (const name of readdirSync(folder).sort()) {
    if (skipped.has(name)) continue;
    const path = join(folder, name);
    if (statSync(path).isDirectory()) yield* specFiles(path);
    else if (suffixes.some(([suffix]) => name.endsWith(suffix))) yield path;
  }
}

/** `it`, `it.skip`, `describe.each(rows)` … as their words from left to right. */
function wordsOf(callee) {
  if (ts.isIdentifier(callee)) return [callee.text];
  if (ts.isPropertyAccessExpression(callee)) return [...wordsOf(callee.expression), callee.name.text];
  if (ts.isCallExpression(callee)) return wordsOf(callee.expression);
  if (ts.isTaggedTemplateExpression(callee)) return wordsOf(callee.tag);
  return [];
}

const textOf = (node) => {
  if (!node) return '';
  if (ts.isStringLiteralLike(node)) return node.text;
  if (ts.isTemplateExpression(node))
    return node.head.text + node.templateSpans.map(({ literal }) => `…${literal.text}`).join('');
  if (ts.isBinaryExpression(node)) return textOf(node.left) + textOf(node.right);
  return '';
};

/**
 * Every test under a folder with the rule ids of its own title and of the `describe`s around it. A test that never runs
 * (`skip`, `todo`) proves nothing and is left out.
 * @returns {{file: string, tier: 'unit' | 'int' | 'e2e', title: string, ids: string[]}[]}
 */
export function findTests(root) {
  const tests = [];
  for (const path of specFiles(root)) {
    const file = relative(root, path);
    const tier = suffixes.find(([suffix]) => file.endsWith(suffix))[1];
    const source = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest, true);
    const visit = (node, above) => {
      if (!ts.isCallExpression(node)) return ts.forEachChild(node, (child) => visit(child, above));
      const [word, ...more] = wordsOf(node.expression);
      const isTest = ['it', 'test'].includes(word);
      const callee = node.expression;
      const isTable = more.includes('each') && ts.isPropertyAccessExpression(callee);
      if ((!isTest && word !== 'describe') || isTable || more.some((one) => one === 'skip' || one === 'todo')) {
        if (!more.some((one) => one === 'skip' || one === 'todo'))
          ts.forEachChild(node, (child) => visit(child, above));
        return;
      }
      const title = textOf(node.arguments[0]);
      const ids = [...above, ...idsIn(title)];
      if (isTest) tests.push({ file, tier, title, ids: [...new Set(ids)] });
      else node.arguments.slice(1).forEach((child) => visit(child, ids));
    };
    visit(source, []);
  }
  return tests;
}
