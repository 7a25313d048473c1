import { Module } from '@nestjs/common';
import { AccessModule, Tokens } from '#libs/access';
import { AuditModule } from '#libs/audit';
import { DeadlinesModule } from '#libs/deadlines';
import { MessagingModule } from '#libs/messaging';
import { ProtectionModule } from '#libs/protection';
import { ServiceModule } from '#libs/service-kit';
import { TransferModule } from './transfer/transfer.module';

@Module({
  imports: [
    ServiceModule.forRoot('transfer'),
    AccessModule.forRoot({ copy: true }),
    ProtectionModule,
    AuditModule,
    MessagingModule.forRoot({ owner: 'transfer', consumes: ['registry'], identity: Tokens }),
    DeadlinesModule.forRoot({ owner: 'transfer' }),
    TransferModule,
  ],
})
export class AppModule {}
