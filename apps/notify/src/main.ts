import { boot } from '#libs/service-kit';
import { EventBusServer } from '#libs/messaging';
import { AppModule } from './app.module';

void boot({ name: 'notify', module: AppModule, hears: EventBusServer, bodyLimit: 16_384 });
