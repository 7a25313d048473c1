/**
 * Which folder may import which (`npm run boundaries`). The folders checked and the root they lie in come from the
 * command line, so that a test can plant a violation elsewhere and see it found.
 */
const { existsSync, readdirSync, readFileSync } = require('node:fs');
const { join } = require('node:path');

const tests = '(\\.(spec|int-spec|e2e-spec)\\.ts$)|(^(apps|libs|tools)/[^/]+/(test|bench)/)|(^test/)';
const frameworks = [
  '@nestjs',
  '@fastify',
  '@bull-board',
  'fastify',
  'mongoose',
  'mongodb',
  'kafkajs',
  'bullmq',
  'ioredis',
  'class-validator',
  'class-transformer',
  'pino',
  'nodemailer',
  'prom-client',
  'pdfmake',
];
const oneOf = (packages) => `(^|/)node_modules/(${packages.join('|')})(/|$)|^(${packages.join('|')})(/|$)`;
const pureLibs = '^libs/(contracts|codes|policy|review|proofs)/';

/**
 * A file of an app is framework code when its name carries a role (`student.controller.ts`) or when it states that the
 * container makes it (`@Injectable()`: a use case); so is an index, which leads to all of them. Every other file is domain code, and stays free of frameworks.
 */
const roles = 'controller|consumer|processor|module|schema|repository|client|server|filter|guard|dto';
const named = `(\\.(${roles})\\.ts$)|(/(main|config|index)\\.ts$)`;
const madeByContainer = sourcesUnder('apps').filter((file) =>
  /^@(Injectable|Catch|Module|Controller|Schema)\(/m.test(read(file)),
);
const frameworkFile = `${named}${madeByContainer.map((file) => `|(${file.slice(4).replaceAll('.', '\\.')}$)`).join('')}`;

/** The gateway owns no rules: it signs in, routes and serves. */
const withoutDomain = '^apps/gateway/';

module.exports = {
  forbidden: [
    {
      name: 'domain-without-framework',
      comment: 'Rules are plain functions: no framework, no store, no clock, no I/O.',
      severity: 'error',
      from: { path: '^apps/', pathNot: [withoutDomain, frameworkFile, tests] },
      to: { path: oneOf(frameworks) },
    },
    {
      name: 'domain-does-not-call-up',
      comment: 'Use cases, controllers and stores know the domain; the domain does not know them.',
      severity: 'error',
      from: { path: '^apps/', pathNot: [withoutDomain, frameworkFile, tests] },
      to: { path: `^apps.*(${frameworkFile})` },
    },
    {
      name: 'pure-libs-without-framework',
      comment: 'Contracts, codes, policy and review are read by everybody and depend on nobody.',
      severity: 'error',
      from: { path: pureLibs, pathNot: tests },
      to: { path: oneOf(frameworks) },
    },
    {
      name: 'pure-libs-stay-among-themselves',
      severity: 'error',
      from: { path: pureLibs, pathNot: tests },
      to: { path: '^(libs|apps|tools)/', pathNot: pureLibs },
    },
    {
      name: 'apps-import-no-app',
      comment: 'A service keeps its own copy of what it needs, built from events.',
      severity: 'error',
      from: { path: '^apps/([^/]+)/' },
      to: { path: '^apps/', pathNot: '^apps/$1/' },
    },
    {
      name: 'libs-and-tools-import-no-app',
      severity: 'error',
      from: { path: '^(libs|tools)/' },
      to: { path: '^apps/' },
    },
    {
      name: 'libs-are-entered-by-their-index',
      comment:
        'What a lib does not export may change without asking. A crash point takes out a line of the inside: that is its work.',
      severity: 'error',
      from: { path: '^(apps|libs|tools)/([^/]+)/', pathNot: '^libs/testing/src/crash-points/' },
      to: { path: '^libs/', pathNot: ['^$1/$2/', '^libs/[^/]+/src/index\\.ts$'] },
    },
    {
      name: 'one-user-of-the-kafka-client',
      comment: 'Order, retries and parking are promises of libs/messaging; a second client would not keep them.',
      severity: 'error',
      from: { path: '^(apps|libs)/', pathNot: '^libs/(messaging|testing)/' },
      to: { path: oneOf(['kafkajs']) },
    },
    {
      name: 'bullmq-for-alarms-and-the-dashboard',
      comment: 'A job is only an alarm; what is due is a document. The gateway shows the queues.',
      severity: 'error',
      from: { path: '^(apps|libs)/', pathNot: '^(libs/deadlines|apps/gateway)/' },
      to: { path: oneOf(['bullmq']) },
    },
    {
      name: 'testing-is-for-tests',
      comment: 'Production images do not contain it.',
      severity: 'error',
      from: { path: '^(apps|libs)/', pathNot: ['^libs/testing/', tests] },
      to: { path: '^libs/testing/' },
    },
    {
      name: 'the-verifier-stands-alone',
      comment: 'A stranger runs it without the project, so it may use nothing but what comes with Node.',
      severity: 'error',
      from: { path: '^tools/verify-copy/', pathNot: tests },
      to: { dependencyTypesNot: ['core'] },
    },
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'nothing-unresolved',
      comment: 'A name that cannot be found would escape every rule above.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: ['node_modules'] },
    // Types count: what a domain file knows of a framework by type it still knows.
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      conditionNames: ['source', 'node', 'require', 'import', 'default'],
      exportsFields: ['exports'],
      extensions: ['.ts', '.js', '.json', '.d.ts'],
    },
  },
};

function read(file) {
  return readFileSync(file, 'utf8');
}

function sourcesUnder(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => join(folder, file));
}
