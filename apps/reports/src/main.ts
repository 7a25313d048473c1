import 'reflect-metadata';
import { EventBusServer } from '#libs/messaging';
import { boot } from '#libs/service-kit';
import { AppModule } from './app.module';

void boot({ name: 'reports', module: AppModule, hears: EventBusServer });
