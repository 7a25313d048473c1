import { Injectable, OnModuleInit } from '@nestjs/common';
import { DiscoveryService, MetadataScanner } from '@nestjs/core';
import { ClientSession } from 'mongoose';
import { FiredDeadline } from './deadline';

const KIND = Symbol('xueji:deadline-kind');

/**
 * The method takes deadlines of this kind when they have passed: `(deadline: FiredDeadline, session: ClientSession)`.
 *
 * Everything it writes goes through the session, so that the firing and its effect are one. It may run again when its
 * transaction is repeated: nothing outside the database may be touched. It throws to refuse; see the README for what
 * follows.
 */
export const OnDeadline =
  (kind: string) =>
  (
    _target: object,
    _name: string | symbol,
    method: TypedPropertyDescriptor<(deadline: FiredDeadline, session: ClientSession) => Promise<void>>,
  ): void =>
    Reflect.defineMetadata(KIND, kind, method.value as object);

export type DeadlineHandler = (deadline: FiredDeadline, session: ClientSession) => Promise<void>;

/** Who takes which kind of deadline, found once at boot. */
@Injectable()
export class DeadlineHandlers implements OnModuleInit {
  private readonly byKind = new Map<string, { name: string; handle: DeadlineHandler }>();

  constructor(
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
  ) {}

  get kinds(): string[] {
    return [...this.byKind.keys()];
  }

  of(kind: string): DeadlineHandler | undefined {
    return this.byKind.get(kind)?.handle;
  }

  /** @throws Error when two methods take one kind */
  onModuleInit(): void {
    const instances = [...this.discovery.getProviders(), ...this.discovery.getControllers()].map(
      ({ instance }) => instance,
    );
    for (const instance of new Set<unknown>(instances))
      if (instance && typeof instance === 'object') this.addFrom(instance);
  }

  private addFrom(instance: object): void {
    for (const method of this.scanner.getAllMethodNames(Object.getPrototypeOf(instance))) {
      const own = (instance as Record<string, unknown>)[method];
      const kind = typeof own === 'function' ? (Reflect.getMetadata(KIND, own) as string | undefined) : undefined;
      if (!kind) continue;
      const name = `${instance.constructor.name}.${method}`;
      const other = this.byKind.get(kind);
      if (other) throw new Error(`deadlines of kind ${kind} have two handlers: ${other.name} and ${name}`);
      this.byKind.set(kind, { name, handle: (own as DeadlineHandler).bind(instance) });
    }
  }
}
