import { DynamicModule, Module } from '@nestjs/common';
import { KeepPapers } from './keep-papers';
import { PAPERS, type PapersOptions } from './options';
import { PapersRepository } from './papers.repository';

@Module({})
export class PapersModule {
  static forRoot(options: PapersOptions): DynamicModule {
    return {
      module: PapersModule,
      providers: [{ provide: PAPERS, useValue: options }, PapersRepository, KeepPapers],
      exports: [PapersRepository, KeepPapers],
    };
  }
}
