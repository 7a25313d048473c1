import { DynamicModule, Global, Module, OnApplicationBootstrap } from '@nestjs/common';
import { APP_GUARD, DiscoveryService, MetadataScanner, DiscoveryModule } from '@nestjs/core';
import { RIGHTS, Settings } from '#libs/service-kit';
import { AccessGuard } from './access.guard';
import { Posts } from './posts';
import { PostsConsumer } from './posts.consumer';
import { Tokens } from './tokens';

const HTTP_METHOD = 'method';

/** Who may do what. In the registry the posts are the source (`copy: false`), elsewhere they arrive by events. */
@Global()
@Module({})
export class AccessModule implements OnApplicationBootstrap {
  constructor(
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
  ) {}

  static forRoot(options: { copy: boolean }): DynamicModule {
    return {
      module: AccessModule,
      imports: [DiscoveryModule],
      controllers: options.copy ? [PostsConsumer] : [],
      providers: [
        Posts,
        { provide: Tokens, useFactory: (settings: Settings) => new Tokens(settings), inject: [Settings] },
        { provide: APP_GUARD, useClass: AccessGuard },
      ],
      exports: [Posts, Tokens],
    };
  }

  /** A route that forgot to say who may call it stops the start instead of waiting to be found. */
  onApplicationBootstrap(): void {
    const bare: string[] = [];
    for (const { metatype, instance } of this.discovery.getControllers()) {
      if (!metatype || !instance) continue;
      const prototype = Object.getPrototypeOf(instance) as Record<string, unknown>;
      for (const name of this.scanner.getAllMethodNames(prototype)) {
        const handler = prototype[name] as object;
        if (!Reflect.hasMetadata(HTTP_METHOD, handler)) continue;
        if (!Reflect.hasMetadata(RIGHTS, handler) && !Reflect.hasMetadata(RIGHTS, metatype)) {
          bare.push(`${metatype.name}.${name}`);
        }
      }
    }
    if (bare.length) throw new Error(`routes without rights: ${bare.join(', ')}`);
  }
}
