import httpProxy, { FastifyHttpProxyOptions } from '@fastify/http-proxy';
import { FastifyInstance, HTTPMethods } from 'fastify';
import { notFound } from '#libs/service-kit';
import { sendProblem } from './send-problem';
import { unreachable } from './unreachable';

export interface ProxyOptions {
  /** Base URLs of the services, by name. */
  services: Readonly<Record<string, string>>;
  /** Longest wait for the first byte of an answer, in milliseconds. */
  hopTimeout: number;
}

type HeadersOf = NonNullable<NonNullable<FastifyHttpProxyOptions['replyOptions']>['rewriteRequestHeaders']>;

const methods: HTTPMethods[] = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'];
const connectTimeout = 3_000;
/** Longest silence in the middle of an answer. */
const bodyTimeout = 60_000;

/**
 * Sent on by no means: our own cookie, what a caller could write to pose as a proxy, and a wish (`Expect`) that this hop
 * has already answered.
 */
const withheld = /^(cookie|expect|forwarded|x-forwarded-.*|x-real-ip|x-request-id|proxy-.*)$/;

const headersOf: HeadersOf = (request, headers) => ({
  ...Object.fromEntries(Object.entries(headers).filter(([name]) => !withheld.test(name))),
  'x-request-id': request.id,
  'x-forwarded-for': request.ip,
  'x-forwarded-proto': request.protocol,
  'x-forwarded-host': request.host,
});

/** Banners, and headers whose say is the gateway's. */
const replaced = /^(server|x-powered-by|set-cookie|access-control-.*|strict-transport-security|x-request-id)$/i;

const answerHeaders = <T extends object>(headers: T): T =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !replaced.test(name))) as T;

/** A path that means another one once a hop has decoded it could leave the part of a service that is shown outside. */
export const isDevious = (path: string): boolean =>
  /%(2e|2f|5c|00)/i.test(path) || /[\\]|\/\/|\/\.\.?(\/|$)/.test(path);

/** `/api/<service>/*` of every known service, bodies and answers streamed. */
export const proxyTo = async (app: FastifyInstance, { services, hopTimeout }: ProxyOptions): Promise<void> => {
  for (const [service, upstream] of Object.entries(services)) {
    await app.register(async (scope) => {
      // Bodies pass through unread; a parser of this process would swallow an upload before the proxy sees it.
      scope.removeAllContentTypeParsers();
      await scope.register(httpProxy, {
        upstream,
        prefix: `/api/${service}`,
        rewritePrefix: `/api/${service}`,
        httpMethods: methods,
        disableRequestLogging: true,
        destroyAgent: true,
        undici: { connectTimeout, headersTimeout: hopTimeout, bodyTimeout, connections: 64, pipelining: 1 },
        preHandler: (request, reply, next) => {
          if (isDevious(request.raw.url?.split('?', 1)[0] ?? '')) sendProblem(reply, notFound());
          else next();
        },
        replyOptions: {
          rewriteRequestHeaders: headersOf,
          rewriteHeaders: answerHeaders,
          // A kept connection may close as a request goes out. A read is asked again, a change is the caller's to repeat.
          retryDelay: ({ err, req, attempt }) => {
            const broke = ['ECONNRESET', 'UND_ERR_SOCKET'].includes((err as { code?: string } | null)?.code ?? '');
            return broke && attempt === 0 && (req.method === 'GET' || req.method === 'HEAD') ? 20 : null;
          },
          onError: (reply, { error }) => {
            const { refused, retryAfter } = unreachable(service, error);
            sendProblem(reply.header('retry-after', retryAfter), refused);
          },
        },
      });
    });
  }
};
