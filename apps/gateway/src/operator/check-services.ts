import { Inject, Injectable } from '@nestjs/common';
import { Health, Settings } from '#libs/service-kit';

export interface ServiceState {
  name: string;
  /** `away`: gave no answer, or none in time. */
  state: 'ready' | 'not-ready' | 'away';
  /** Named probes of the service, when it answered. */
  parts: Record<string, boolean>;
  /** Time of the answer in milliseconds. */
  milliseconds: number;
  links: { openapi: string; operator: string };
}

const patience = 2_000;

/** Asks every service at once whether it is ready. */
@Injectable()
export class CheckServices {
  constructor(
    private readonly settings: Settings,
    @Inject(Health) private readonly health: Health,
  ) {}

  async run(): Promise<ServiceState[]> {
    const own = await this.health.readiness();
    const others = Object.entries(this.settings.services).filter(([name]) => name !== this.settings.name);
    return [
      this.stateOf(this.settings.name, own.ready ? 'ready' : 'not-ready', own.parts, 0),
      ...(await Promise.all(others.map(([name, base]) => this.ask(name, base)))),
    ];
  }

  private async ask(name: string, base: string): Promise<ServiceState> {
    const from = performance.now();
    const took = () => Math.round(performance.now() - from);
    try {
      const reply = await fetch(new URL('/health/ready', base), { signal: AbortSignal.timeout(patience) });
      const body = (await reply.json()) as { ready: boolean; parts: Record<string, boolean> };
      return this.stateOf(name, body.ready ? 'ready' : 'not-ready', body.parts, took());
    } catch {
      return this.stateOf(name, 'away', {}, took());
    }
  }

  private stateOf(
    name: string,
    state: ServiceState['state'],
    parts: Record<string, boolean>,
    ms: number,
  ): ServiceState {
    const links = { openapi: `/api/${name}/openapi.json`, operator: `/api/${name}/v1/operator/status` };
    return { name, state, parts, milliseconds: ms, links };
  }
}
