import { Module } from '@nestjs/common';
import { OfficeRepository } from './office.repository';

/** The tree alone, for what the places themselves rest on. */
@Module({ providers: [OfficeRepository], exports: [OfficeRepository] })
export class OfficesModule {}
