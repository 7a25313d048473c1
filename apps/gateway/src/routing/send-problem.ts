import { problemOf, Refused } from '#libs/service-kit';

interface Answering {
  request: { id: string };
  code(status: number): this;
  header(name: string, value: string): this;
  send(body: string): this;
}

/** For what is answered outside Nest: proxied routes and the dashboard. */
export const sendProblem = <T extends Answering>(reply: T, { refusal }: Refused): T =>
  reply
    .code(refusal.status)
    .header('content-type', 'application/problem+json; charset=utf-8')
    .send(JSON.stringify(problemOf(refusal, reply.request.id)));
