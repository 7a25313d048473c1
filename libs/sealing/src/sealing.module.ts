import { DynamicModule, Module, Type } from '@nestjs/common';
import { PartOwner } from '#libs/contracts';
import { Anchors, AnchorsConsumer } from './anchors';
import { FreezeParts, PART_OWNER, THIN_AFTER_MS } from './freeze-parts';
import { FrozenPartsRepository } from './frozen-parts.repository';
import { PartSource } from './part';
import { PartsConsumer } from './parts.consumer';
import { AnchorsController, PartsController, sealingOperatorController } from './parts.controller';

export interface SealingOptions {
  owner: PartOwner;
  /** Gathers this owner's part; what it needs comes from `imports`. */
  source: Type<PartSource>;
  imports?: DynamicModule['imports'];
  /** Days for which a sealed part is still served; 30. */
  thinAfterDays?: number;
}

/**
 * An owner's side of a permanent copy: freezes its part when the archive asks, tells it by digest, serves it, and keeps the
 * heads of the archive's log. The service must hear `archive`.
 */
@Module({})
export class SealingModule {
  static forRoot({ owner, source, imports = [], thinAfterDays = 30 }: SealingOptions): DynamicModule {
    return {
      module: SealingModule,
      imports,
      controllers: [
        PartsConsumer,
        AnchorsConsumer,
        PartsController,
        AnchorsController,
        sealingOperatorController(owner),
      ],
      providers: [
        { provide: PART_OWNER, useValue: owner },
        { provide: THIN_AFTER_MS, useValue: thinAfterDays * 86_400_000 },
        { provide: PartSource, useClass: source },
        FrozenPartsRepository,
        FreezeParts,
        Anchors,
      ],
      exports: [FreezeParts, Anchors],
    };
  }
}
