import { boot, Settings } from '#libs/service-kit';
import { alarmPlace } from '#libs/deadlines';
import { EventBusServer } from '#libs/messaging';
import { AppModule } from './app.module';
import { GatewaySettings } from './gateway.settings';
import { AdmitOperator } from './operator/admit-operator';
import { queueBoard } from './operator/queue-board';
import { proxyTo } from './routing/proxy';
import { hideInternal, strictHeaders } from './routing/strict-headers';

const own = GatewaySettings.fromEnvironment();

void boot({
  name: 'gateway',
  module: AppModule,
  hears: EventBusServer,
  bodyLimit: 16_384,
  edge: { trustedProxies: own.trustedProxies },
  prepare: async (app) => {
    const settings = app.get(Settings);
    const admission = app.get(AdmitOperator);
    const http = app.getHttpAdapter().getInstance();
    // A caller that sends its request drop by drop holds a connection for this long, not for ever.
    http.server.requestTimeout = 600_000;
    http.server.headersTimeout = 15_000;
    strictHeaders(http);
    hideInternal(http);
    // A request to our own name must not come round to us again.
    const { [settings.name]: _own, ...services } = settings.services;
    await proxyTo(http, { services, hopTimeout: own.hopTimeout });
    await queueBoard(http, {
      redisUrl: settings.redisUrl,
      queues: Object.keys(services).map((service) => ({ ...alarmPlace(service, settings), shownAs: service })),
      admit: (request) => admission.run(request),
    });
  },
});
