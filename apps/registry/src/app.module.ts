import { Module } from '@nestjs/common';
import { AccessModule, Tokens } from '#libs/access';
import { AuditModule } from '#libs/audit';
import { DeadlinesModule } from '#libs/deadlines';
import { MessagingModule } from '#libs/messaging';
import { ProtectionModule } from '#libs/protection';
import { SealingModule } from '#libs/sealing';
import { ServiceModule } from '#libs/service-kit';
import { PlacesModule } from './places';
import { PoliciesModule } from './policies';
import { RecordsModule } from './records.module';
import { RegistrySettingsModule } from './registry-settings.module';
import { RegistryPart } from './sealing/registry-part';

@Module({
  imports: [
    ServiceModule.forRoot('registry'),
    AccessModule.forRoot({ copy: false }),
    ProtectionModule,
    AuditModule,
    MessagingModule.forRoot({ owner: 'registry', consumes: ['transfer', 'attendance', 'archive'], identity: Tokens }),
    DeadlinesModule.forRoot({ owner: 'registry' }),
    RegistrySettingsModule,
    PlacesModule,
    PoliciesModule,
    RecordsModule,
    SealingModule.forRoot({ owner: 'registry', source: RegistryPart, imports: [RecordsModule] }),
  ],
})
export class AppModule {}
