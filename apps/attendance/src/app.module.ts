import { Module } from '@nestjs/common';
import { AccessModule, Tokens } from '#libs/access';
import { AuditModule } from '#libs/audit';
import { DeadlinesModule } from '#libs/deadlines';
import { MessagingModule } from '#libs/messaging';
import { ProtectionModule } from '#libs/protection';
import { ServiceModule } from '#libs/service-kit';
import { AttendanceModule } from './attendance.module';

@Module({
  imports: [
    ServiceModule.forRoot('attendance'),
    AccessModule.forRoot({ copy: true }),
    ProtectionModule,
    AuditModule,
    MessagingModule.forRoot({ owner: 'attendance', consumes: ['registry'], identity: Tokens }),
    DeadlinesModule.forRoot({ owner: 'attendance' }),
    AttendanceModule,
  ],
})
export class AppModule {}
