import { Module } from '@nestjs/common';
import { OfficesModule } from '../places/offices.module';
import { Policies } from './policies';

@Module({ imports: [OfficesModule], providers: [Policies], exports: [Policies] })
export class PoliciesModule {}
