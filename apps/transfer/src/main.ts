import 'reflect-metadata';
import { EventBusServer } from '#libs/messaging';
import { boot } from '#libs/service-kit';
import { AppModule } from './app.module';
import { largestPaper } from './evidence/keep-evidence';

void boot({ name: 'transfer', module: AppModule, hears: EventBusServer, fileLimit: largestPaper });
