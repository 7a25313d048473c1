/**
 * Before the first test: engines up and their addresses in the environment, which the workers inherit. Tests of the unit
 * project need none. Stopping them is the business of whoever started the run (see test.mjs).
 */
const { randomBytes } = require('node:crypto');

module.exports = async () => {
  process.env.RUN_ID ??= randomBytes(4).toString('hex');
  if (onlyUnit(process.argv)) return;
  const { up, environmentOf } = await import('./engines.mjs');
  await up();
  Object.assign(process.env, environmentOf('tests'));
};

function onlyUnit(args) {
  const at = args.indexOf('--selectProjects');
  if (at < 0) return false;
  const chosen = args
    .slice(at + 1)
    .filter((arg, index, rest) => !rest.slice(0, index + 1).some((one) => one.startsWith('-')));
  return chosen.length > 0 && chosen[0] === 'unit' && !chosen.includes('int') && !chosen.includes('e2e');
}
