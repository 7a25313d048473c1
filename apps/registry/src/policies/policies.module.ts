import { Module } from '@nestjs/common';
import { OfficesModule } from '../places/offices.module';
import { OpenParameters } from './open-parameters';
import { Policies } from './policies';
import { PoliciesController } from './policies.controller';
import { ShowPolicy } from './show-policy';

@Module({
  imports: [OfficesModule],
  controllers: [PoliciesController],
  providers: [Policies, OpenParameters, ShowPolicy],
  exports: [Policies, OpenParameters],
})
export class PoliciesModule {}
