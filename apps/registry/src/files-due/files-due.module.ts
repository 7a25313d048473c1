import { Global, Module } from '@nestjs/common';
import { PlacesModule } from '../places';
import { CohortsBegin } from '../places/cohorts-begin';
import { PoliciesModule } from '../policies';
import { ArmFilesDue } from './arm-files-due';

/** Hears of cohorts from the places, which know nothing of files; so it is there for all. */
@Global()
@Module({
  imports: [PlacesModule, PoliciesModule],
  providers: [{ provide: CohortsBegin, useClass: ArmFilesDue }],
  exports: [CohortsBegin],
})
export class FilesDueModule {}
