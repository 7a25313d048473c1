import { Module } from '@nestjs/common';
import { AccessModule, Tokens } from '#libs/access';
import { MessagingModule } from '#libs/messaging';
import { ServiceModule } from '#libs/service-kit';
import { ReportsModule } from './reports.module';

@Module({
  imports: [
    ServiceModule.forRoot('reports'),
    AccessModule.forRoot({ copy: true }),
    MessagingModule.forRoot({ owner: 'reports', consumes: ['registry', 'transfer', 'attendance'], identity: Tokens }),
    ReportsModule,
  ],
})
export class AppModule {}
