import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { root } from '#libs/testing';

interface ComposeFile {
  services: Record<
    string,
    {
      command?: string[];
      environment?: Record<string, string>;
      ports?: string[];
      secrets?: (string | { source: string })[];
      user?: string;
    }
  >;
  secrets: Record<string, { file: string }>;
}

const compose = parse(readFileSync(join(root, 'docker-compose.yml'), 'utf8'), { merge: true }) as ComposeFile;
const asked = Object.values(compose.services).flatMap(({ secrets = [] }) =>
  secrets.map((secret) => (typeof secret === 'string' ? secret : secret.source)),
);

describe('docker-compose.yml', () => {
  it('runs every app that there is', () => {
    const apps = readdirSync(join(root, 'apps')).filter((app) => existsSync(join(root, 'apps', app, 'src/main.ts')));
    const commands = Object.values(compose.services).map(({ command }) => command?.[0]);
    expect(apps.length).toBeGreaterThan(0);
    expect(commands).toEqual(expect.arrayContaining(apps));
    const addresses = JSON.parse(compose.services.registry!.environment!.XUEJI_SERVICES!) as Record<string, string>;
    expect(Object.keys(addresses).sort()).toEqual(apps.filter((app) => app !== 'gateway').sort());
  });

  it('declares each secret that a container asks for, and no other', () => {
    expect([...new Set(asked)].sort()).toEqual(Object.keys(compose.secrets).sort());
  });

  it('finds every secret among those that `npm run engines -- secrets` writes into a closed folder', () => {
    const run = mkdtempSync(join(tmpdir(), 'compose-'));
    try {
      const script = join(root, 'scripts/engines.mjs');
      execFileSync(process.execPath, [script, 'secrets'], { env: { ...process.env, XUEJI_RUN: run } });
      const written = readdirSync(join(run, 'compose'));
      const wanted = Object.values(compose.secrets).map(({ file }) =>
        file.replace('${XUEJI_SECRETS:-.run/compose}/', ''),
      );
      expect(wanted.filter((name) => !written.includes(name))).toEqual([]);
      expect(statSync(join(run, 'compose')).mode & 0o777).toBe(0o700);
    } finally {
      rmSync(run, { recursive: true });
    }
  });

  it('gives each service its own key and its own database alone', () => {
    for (const name of ['registry', 'transfer', 'notify', 'attendance', 'archive', 'gateway']) {
      const own = compose.services[name]!.secrets!.map((secret) =>
        typeof secret === 'string' ? secret : secret.source,
      );
      const personal = own.filter(
        (secret) => /_(key|mongo_url)$/.test(secret) && !/^(master|service|(gateway|archive)_signing)_/.test(secret),
      );
      expect(personal.sort()).toEqual([`${name}_key`, `${name}_mongo_url`]);
    }
  });

  it('opens ports on this machine alone', () => {
    const ports = Object.values(compose.services).flatMap(({ ports: open = [] }) => open);
    expect(ports.length).toBeGreaterThan(0);
    expect(ports.filter((port) => !/^(\$\{[A-Z_]+:-)?127\.0\.0\.1:/.test(port))).toEqual([]);
  });
});
