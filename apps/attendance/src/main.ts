import 'reflect-metadata';
import { EventBusServer } from '#libs/messaging';
import { boot } from '#libs/service-kit';
import { AppModule } from './app.module';
import { largestPaper } from '#libs/papers';

void boot({ name: 'attendance', module: AppModule, hears: EventBusServer, fileLimit: largestPaper });
