import { Module } from '@nestjs/common';
import { AccessModule, Tokens } from '#libs/access';
import { AuditModule } from '#libs/audit';
import { DeadlinesModule } from '#libs/deadlines';
import { MessagingModule } from '#libs/messaging';
import { ProtectionModule } from '#libs/protection';
import { SealingModule } from '#libs/sealing';
import { ServiceModule } from '#libs/service-kit';
import { TransferPart } from './sealing/transfer-part';
import { PlacementModule } from './placement/placement.module';
import { TransferModule } from './transfer/transfer.module';

@Module({
  imports: [
    ServiceModule.forRoot('transfer'),
    AccessModule.forRoot({ copy: true }),
    ProtectionModule,
    AuditModule,
    MessagingModule.forRoot({ owner: 'transfer', consumes: ['registry', 'archive'], identity: Tokens }),
    DeadlinesModule.forRoot({ owner: 'transfer' }),
    TransferModule,
    SealingModule.forRoot({ owner: 'transfer', source: TransferPart, imports: [TransferModule] }),
    PlacementModule,
  ],
})
export class AppModule {}
