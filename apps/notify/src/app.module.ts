import { Module } from '@nestjs/common';
import { AccessModule, Tokens } from '#libs/access';
import { AuditModule } from '#libs/audit';
import { DeadlinesModule } from '#libs/deadlines';
import { MessagingModule } from '#libs/messaging';
import { ProtectionModule } from '#libs/protection';
import { ServiceModule } from '#libs/service-kit';
import { AttendanceConsumer } from './attendance/attendance.consumer';
import { ContactsController } from './contacts/contacts.controller';
import { Contacts } from './contacts/contacts.repository';
import { SetContact } from './contacts/set-contact';
import { InboxController } from './inbox/inbox.controller';
import { Items } from './inbox/items.repository';
import { ListInbox } from './inbox/list-inbox';
import { MarkRead } from './inbox/mark-read';
import { CourseConsumer } from './course/course.consumer';
import { IntakeConsumer } from './intake/intake.consumer';
import { DeliveriesController } from './mail/deliveries.controller';
import { Deliveries } from './mail/deliveries.repository';
import { PostMail } from './mail/post-mail';
import { SendMail } from './mail/send-mail';
import { Smtp } from './mail/smtp.client';
import { Cases } from './movements/cases.repository';
import { MovementsConsumer } from './movements/movements.consumer';
import { NotifySettings } from './notify.settings';
import { OfficesConsumer } from './places/offices.consumer';
import { Offices } from './places/offices.repository';

@Module({
  imports: [
    ServiceModule.forRoot('notify'),
    AccessModule.forRoot({ copy: true }),
    ProtectionModule,
    AuditModule,
    MessagingModule.forRoot({ owner: 'notify', consumes: ['registry', 'transfer', 'attendance'], identity: Tokens }),
    DeadlinesModule.forRoot({ owner: 'notify' }),
  ],
  controllers: [
    InboxController,
    ContactsController,
    DeliveriesController,
    OfficesConsumer,
    MovementsConsumer,
    IntakeConsumer,
    CourseConsumer,
    AttendanceConsumer,
  ],
  providers: [
    { provide: NotifySettings, useFactory: () => NotifySettings.fromEnvironment() },
    Items,
    ListInbox,
    MarkRead,
    Contacts,
    SetContact,
    Offices,
    Cases,
    Deliveries,
    PostMail,
    SendMail,
    Smtp,
  ],
})
export class AppModule {}
