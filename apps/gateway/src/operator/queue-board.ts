import { createBullBoard } from '@bull-board/api';
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import { FastifyAdapter } from '@bull-board/fastify';
import { Queue } from 'bullmq';
import { FastifyInstance, FastifyRequest } from 'fastify';
import { Redis } from 'ioredis';
import { Refused } from '#libs/service-kit';
import { sendProblem } from '../routing/send-problem';
import { policyOfPages } from '../routing/strict-headers';
import { script, signInPage } from './sign-in-page';

export interface QueueBoardOptions {
  redisUrl: string;
  /** Queues to show, by prefix and name. */
  queues: { prefix: string; name: string; shownAs: string }[];
  /** @throws Refused when the caller is no operator */
  admit: (request: FastifyRequest) => Promise<void>;
}

const board = '/operator/queues';

/** The queues of all services, to be looked at and not touched: the truth of every alarm lies in its service's store. */
export const queueBoard = async (app: FastifyInstance, options: QueueBoardOptions): Promise<void> => {
  // A Redis that is away is an answer too: the board fails at once instead of hanging.
  const redis = new Redis(options.redisUrl, { maxRetriesPerRequest: 1, commandTimeout: 5_000, lazyConnect: true });
  // Without a listener an outage of Redis would end the process; the board shows it by itself.
  redis.on('error', () => undefined);
  const queues = options.queues.map(({ prefix, name, shownAs }) => {
    const queue = new Queue(name, { connection: redis, prefix, skipMetasUpdate: true });
    queue.on('error', () => undefined);
    return new BullMQAdapter(queue, { readOnlyMode: true, displayName: shownAs });
  });
  const adapter = new FastifyAdapter();
  adapter.setBasePath(board);
  createBullBoard({ queues, serverAdapter: adapter, options: { uiConfig: { boardTitle: '学籍 · Queues' } } });

  await app.register(async (scope) => {
    scope.addHook('onRequest', async (request, reply) => {
      reply.header('content-security-policy', policyOfPages);
      try {
        await options.admit(request);
      } catch (fault) {
        if (!(fault instanceof Refused)) throw fault;
        const isPage = request.method === 'GET' && request.headers.accept?.includes('text/html');
        return isPage ? reply.redirect('/operator', 303) : sendProblem(reply, fault);
      }
    });
    // Whatever the board's own routes would do: nothing is changed from here.
    scope.addHook('onRequest', async (request, reply) => {
      if (request.method !== 'GET' && request.method !== 'HEAD')
        return reply.code(405).header('allow', 'GET, HEAD').send();
    });
    await scope.register(adapter.registerPlugin(), { prefix: board });
  });

  app.get('/operator', (_request, reply) =>
    reply.type('text/html; charset=utf-8').header('content-security-policy', policyOfPages).send(signInPage),
  );
  app.get('/operator/sign-in.js', (_request, reply) => reply.type('text/javascript; charset=utf-8').send(script));
  app.addHook('onClose', async () => {
    await Promise.allSettled(queues.map((one) => (one as unknown as { queue: Queue }).queue.close()));
    redis.disconnect();
  });
};
