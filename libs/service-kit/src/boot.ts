import multipart from '@fastify/multipart';
import { INestApplication, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { CustomTransportStrategy } from '@nestjs/microservices';
import { FastifyAdapter, NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import { randomUUID } from 'node:crypto';
import { IncomingMessage } from 'node:http';
import { Logger } from 'pino';
import { Health } from './health';
import { LOG } from './service.module';
import { Settings } from './settings';
import { inputValidation } from './validation';

export interface ServiceShape {
  name: string;
  module: Type<unknown>;
  /** Class of the transport that hears events, when the service hears any. */
  hears?: Type<CustomTransportStrategy>;
  /** Largest body in bytes; a file upload has its own limit. */
  bodyLimit?: number;
  /** Largest uploaded file in bytes. */
  fileLimit?: number;
  /**
   * Set for the one address that strangers call: it makes every request id itself and believes `X-Forwarded-*` from these
   * proxies alone. The services behind it take both from whoever calls, for only the gateway and other services can.
   */
  edge?: { trustedProxies: string[] };
  /** Last touch before listening, e.g. the gateway's proxies. */
  prepare?: (app: NestFastifyApplication) => Promise<void> | void;
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** The id that the gateway gave, so that one id names a request in the logs of all services. */
const requestIdOf = ({ headers }: IncomingMessage): string => {
  const given = headers['x-request-id'];
  return typeof given === 'string' && uuid.test(given) ? given : randomUUID();
};

export const assemble = async (shape: ServiceShape): Promise<NestFastifyApplication> => {
  const adapter = new FastifyAdapter({
    bodyLimit: shape.bodyLimit ?? 1_048_576,
    genReqId: (request: IncomingMessage) => (shape.edge ? randomUUID() : requestIdOf(request)),
    trustProxy: shape.edge ? shape.edge.trustedProxies : true,
    forceCloseConnections: 'idle',
  });
  const app = await NestFactory.create<NestFastifyApplication>(shape.module, adapter, {
    logger: ['error', 'warn', 'fatal'],
    abortOnError: false,
    bufferLogs: false,
  });
  await app.register(multipart, { limits: { fileSize: shape.fileLimit ?? 20 * 1_048_576, files: 1, fields: 20 } });
  app.useGlobalPipes(inputValidation());
  app.enableShutdownHooks();
  const document = SwaggerModule.createDocument(
    app,
    new DocumentBuilder().setTitle(`Xueji ${shape.name}`).setVersion('1').addBearerAuth().build(),
  );
  app
    .getHttpAdapter()
    .getInstance()
    .get(`/api/${shape.name}/openapi.json`, (_request, reply) => void reply.send(document));
  if (shape.hears) app.connectMicroservice({ strategy: app.get(shape.hears) });
  await shape.prepare?.(app);
  return app;
};

/** Starts a service; a fault at start ends the process with a message, never half a service. */
export const boot = async (shape: ServiceShape): Promise<INestApplication> => {
  try {
    const app = await assemble(shape);
    const settings = app.get(Settings);
    const log = app.get<Logger>(LOG);
    const health = app.get(Health);
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => health.drain());
    // Stores, indexes and handlers stand before the first event is heard.
    await app.init();
    if (shape.hears) await app.startAllMicroservices();
    await app.listen(settings.port, settings.host);
    log.info({ url: await app.getUrl() }, 'listening');
    return app;
  } catch (fault) {
    process.stderr.write(`${shape.name} does not start: ${fault instanceof Error ? fault.stack : String(fault)}\n`);
    process.exit(1);
  }
};
