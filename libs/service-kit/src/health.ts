import { Injectable } from '@nestjs/common';
import { InjectConnection } from '@nestjs/mongoose';
import { Connection } from 'mongoose';

export type Probe = () => boolean | Promise<boolean>;

/**
 * Readiness is the sum of named probes; parts of the service add theirs. Liveness asks nothing of the outside, so that
 * an engine's outage never becomes a storm of restarts.
 */
@Injectable()
export class Health {
  private readonly probes = new Map<string, Probe>();
  private draining = false;

  constructor(@InjectConnection() connection: Connection) {
    this.probes.set('store', () => connection.readyState === 1);
  }

  add(name: string, probe: Probe): void {
    this.probes.set(name, probe);
  }

  /** From now on not ready; requests under way are finished. */
  drain(): void {
    this.draining = true;
  }

  async readiness(): Promise<{ ready: boolean; parts: Record<string, boolean> }> {
    const parts: Record<string, boolean> = {};
    for (const [name, probe] of this.probes) {
      parts[name] = await Promise.resolve()
        .then(probe)
        .catch(() => false);
    }
    return { ready: !this.draining && Object.values(parts).every(Boolean), parts };
  }
}
