import { Module } from '@nestjs/common';
import { AccessModule, Tokens } from '#libs/access';
import { AuditModule } from '#libs/audit';
import type { Owner } from '#libs/contracts';
import { DeadlinesModule } from '#libs/deadlines';
import { MessagingModule } from '#libs/messaging';
import { ProtectionModule } from '#libs/protection';
import { ServiceModule } from '#libs/service-kit';
import { ArchiveModule } from './archive.module';
import { ownersAsked } from './copies/part-owners';

/** The registry in any case: places and posts come from it. */
const heard: Owner[] = [...new Set<Owner>(['registry', ...ownersAsked()])];

@Module({
  imports: [
    ServiceModule.forRoot('archive'),
    AccessModule.forRoot({ copy: true }),
    ProtectionModule,
    AuditModule,
    MessagingModule.forRoot({ owner: 'archive', consumes: heard, identity: Tokens }),
    DeadlinesModule.forRoot({ owner: 'archive' }),
    ArchiveModule,
  ],
})
export class AppModule {}
