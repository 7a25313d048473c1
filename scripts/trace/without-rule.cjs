/**
 * Preload that takes one rule out of the policy packs while they are read: `XUEJI_TEST_WITHOUT_RULE=CZ-TR10 node
 * --require …/without-rule.cjs`. Used by `npm run trace -- --mutate`; the product knows nothing of it.
 */
const fs = require('node:fs');
const { join, sep } = require('node:path');

const rule = process.env.XUEJI_TEST_WITHOUT_RULE;
const packFolders = ['lines', 'test-packs', 'demo-packs'].map((folder) => sep + folder + sep);
const policyFolder = join('libs', 'policy');

/** A value without the parts that rest on the rule; undefined when nothing lawful is left of it. */
function pruned(value) {
  if (Array.isArray(value)) {
    const left = value.map(pruned).filter((one) => one !== undefined);
    return left.length === 0 && value.length > 0 ? undefined : left;
  }
  if (typeof value !== 'object' || value === null) return value;
  if (value.rule === rule) return undefined;
  const left = {};
  for (const [key, inner] of Object.entries(value)) {
    left[key] = pruned(inner);
    if (left[key] === undefined) return undefined;
  }
  return left;
}

if (rule) {
  const read = fs.readFileSync;
  fs.readFileSync = (path, options) => {
    const content = read(path, options);
    const name = String(path);
    if (!name.endsWith('.json') || !name.includes(policyFolder)) return content;
    if (!packFolders.some((folder) => name.includes(folder))) return content;
    const pack = JSON.parse(String(content));
    delete pack.rules[rule];
    pack.values = Object.fromEntries(
      Object.entries(pack.values).flatMap(([parameter, entry]) => {
        const left = pruned(entry);
        return left === undefined ? [] : [[parameter, left]];
      }),
    );
    const text = JSON.stringify(pack);
    return typeof content === 'string' ? text : Buffer.from(text);
  };
}
