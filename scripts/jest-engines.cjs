/**
 * Before the first test: engines up and their addresses in the environment, which the workers inherit. Tests of the unit
 * project need none. Stopping them is the business of whoever started the run (see test.mjs).
 */
const { randomBytes } = require('node:crypto');

module.exports = async () => {
  process.env.RUN_ID ??= randomBytes(4).toString('hex');
  process.env.XUEJI_RUN_ID ??= process.env.RUN_ID;
  if (onlyUnit(process.argv)) return;
  const { up, environmentOf } = await import('./engines.mjs');
  await up();
  Object.assign(process.env, environmentOf('tests'));
};

function onlyUnit(args) {
  const from = args.indexOf('--selectProjects') + 1;
  if (from === 0) return false;
  const rest = args.slice(from);
  const end = rest.findIndex((arg) => arg.startsWith('-'));
  const chosen = end < 0 ? rest : rest.slice(0, end);
  return chosen.includes('unit') && !chosen.includes('int') && !chosen.includes('e2e');
}
