import { Module } from '@nestjs/common';
import { ClassRepository } from './class.repository';
import { OfficesModule } from './offices.module';

@Module({
  imports: [OfficesModule],
  providers: [ClassRepository],
  exports: [OfficesModule, ClassRepository],
})
export class PlacesModule {}
