import { Module } from '@nestjs/common';
import { AccessModule, Tokens } from '#libs/access';
import { AuditModule } from '#libs/audit';
import { DeadlinesModule } from '#libs/deadlines';
import { MessagingModule } from '#libs/messaging';
import { ProtectionModule } from '#libs/protection';
import { SealingModule } from '#libs/sealing';
import { ServiceModule } from '#libs/service-kit';
import { AttendanceModule } from './attendance.module';
import { AttendancePart } from './sealing/attendance-part';

@Module({
  imports: [
    ServiceModule.forRoot('attendance'),
    AccessModule.forRoot({ copy: true }),
    ProtectionModule,
    AuditModule,
    MessagingModule.forRoot({ owner: 'attendance', consumes: ['registry', 'archive'], identity: Tokens }),
    DeadlinesModule.forRoot({ owner: 'attendance' }),
    AttendanceModule,
    SealingModule.forRoot({ owner: 'attendance', source: AttendancePart, imports: [AttendanceModule] }),
  ],
})
export class AppModule {}
