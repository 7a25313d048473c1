import { FastifyInstance } from 'fastify';
import { notFound } from '#libs/service-kit';
import { sendProblem } from './send-problem';

/** Nothing of ours is a document, except the operator's pages, which set their own. */
const policyOfDocuments = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

/** The board brings styles in its markup; its link to an outside font is not followed. */
export const policyOfPages =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; " +
  "connect-src 'self'; frame-ancestors 'none'; base-uri 'self'; form-action 'self'";

/** On every answer, whoever gives it. There is no CORS: pages of other origins read nothing here. */
export const strictHeaders = (app: FastifyInstance): void => {
  app.addHook('onRequest', (request, reply, next) => {
    reply.headers({
      'x-request-id': request.id,
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
      'cross-origin-resource-policy': 'same-origin',
      'cross-origin-opener-policy': 'same-origin',
      'content-security-policy': policyOfDocuments,
      'cache-control': 'no-store',
      ...(request.protocol === 'https' && { 'strict-transport-security': 'max-age=31536000; includeSubDomains' }),
    });
    next();
  });
};

/** What services say to each other is not for callers from outside, not even to be refused. */
export const hideInternal = (app: FastifyInstance): void => {
  app.addHook('onRequest', (request, reply, next) => {
    if (request.routeOptions.url?.startsWith('/internal/')) sendProblem(reply, notFound());
    else next();
  });
};
