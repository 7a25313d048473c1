import { readFileSync, statSync } from 'node:fs';

/** Everything a service is told by its environment, checked once at start. */
export class Settings {
  constructor(
    readonly name: string,
    readonly port: number,
    readonly host: string,
    readonly mongoUrl: string,
    readonly kafkaBrokers: string[],
    readonly redisUrl: string,
    /** Where the key set of the issuer of tokens is. */
    readonly gatewayUrl: string,
    /** Base URLs of the other services, by name. */
    readonly services: Readonly<Record<string, string>>,
    /** Folder with `services.jwks.json` and this service's private key `<name>.jwk.json`. */
    readonly serviceKeys: string,
    readonly masterKeyFile: string | undefined,
    readonly clockModule: string | undefined,
    /** Distinguishes runs that share engines: part of consumer groups and queue prefixes. */
    readonly runId: string,
    readonly logLevel: string,
    /** Folder in place of the policy packs that come with the program. */
    readonly packsDir: string | undefined,
    /** Folder with policy packs of the place. */
    readonly extraPacksDir: string | undefined,
  ) {}

  /** @throws Error naming every variable that is missing or malformed. */
  static fromEnvironment(name: string, env: NodeJS.ProcessEnv = process.env): Settings {
    const wrong: string[] = [];
    const need = (variable: string): string => {
      const value = env[variable];
      if (!value) wrong.push(`${variable} is missing`);
      return value ?? '';
    };
    const folder = (variable: string): string | undefined => {
      const path = env[variable] || undefined;
      if (path && !statSync(path, { throwIfNoEntry: false })?.isDirectory())
        wrong.push(`${variable} is no folder: ${path}`);
      return path;
    };
    const services = ((): Record<string, string> => {
      try {
        return JSON.parse(env.XUEJI_SERVICES ?? '{}') as Record<string, string>;
      } catch {
        wrong.push('XUEJI_SERVICES is not JSON');
        return {};
      }
    })();
    const port = Number(env.XUEJI_PORT ?? '0');
    if (!Number.isInteger(port) || port < 0 || port > 65535) wrong.push('XUEJI_PORT is not a port');
    const settings = new Settings(
      name,
      port,
      env.XUEJI_HOST ?? '127.0.0.1',
      need('XUEJI_MONGO_URL'),
      need('XUEJI_KAFKA_BROKERS').split(',').filter(Boolean),
      need('XUEJI_REDIS_URL'),
      need('XUEJI_GATEWAY_URL'),
      services,
      need('XUEJI_SERVICE_KEYS'),
      env.XUEJI_MASTER_KEY_FILE,
      env.XUEJI_CLOCK_MODULE,
      env.XUEJI_RUN_ID ?? '',
      env.XUEJI_LOG_LEVEL ?? 'info',
      folder('XUEJI_PACKS_DIR'),
      folder('XUEJI_EXTRA_PACKS_DIR'),
    );
    if (wrong.length) throw new Error(`${name} does not start: ${wrong.join('; ')}`);
    return settings;
  }

  /** Private key of this service as JWK, and the public keys of all services. */
  ownKey(): Record<string, unknown> {
    return JSON.parse(readFileSync(`${this.serviceKeys}/${this.name}.jwk.json`, 'utf8')) as Record<string, unknown>;
  }

  serviceKeySet(): { keys: Record<string, unknown>[] } {
    return JSON.parse(readFileSync(`${this.serviceKeys}/services.jwks.json`, 'utf8')) as {
      keys: Record<string, unknown>[];
    };
  }
}
