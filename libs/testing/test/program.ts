/** A program with one effect, for the tests of process handling: `POST /things` writes two documents in a transaction. */
import { Kafka } from 'kafkajs';
import { createServer } from 'node:http';
import { createConnection } from 'mongoose';

const main = async (): Promise<void> => {
  if (process.env.REFUSE_START) throw new Error('told not to start');
  const connection = await createConnection(process.env.XUEJI_MONGO_URL!).asPromise();
  const kafka = new Kafka({ clientId: 'program', brokers: process.env.XUEJI_KAFKA_BROKERS!.split(',') });
  const producer = kafka.producer();

  const routes: Record<string, () => Promise<unknown>> = {
    'GET /health/ready': () => Promise.resolve({ ready: true }),
    'POST /things': () =>
      connection.transaction(async (session) => {
        await connection.collection('things').insertOne({}, { session });
        await connection.collection('notes').insertOne({}, { session });
      }),
    'POST /messages': async () => {
      await producer.connect();
      return producer.send({ topic: 'xueji.reports.v1', messages: [{ key: process.env.XUEJI_RUN_ID, value: '{}' }] });
    },
  };
  const server = createServer((request, reply) => {
    const route = routes[`${request.method} ${request.url}`];
    if (!route) return void reply.writeHead(404).end();
    route().then(
      () => reply.writeHead(200).end(),
      () => reply.writeHead(500).end(),
    );
  });
  server.listen(Number(process.env.XUEJI_PORT), '127.0.0.1');
  process.once('SIGTERM', () => {
    server.close();
    void Promise.all([producer.disconnect(), connection.close()]);
  });
};

main().catch((error: Error) => {
  process.stderr.write(`${error.message}\n`);
  process.exit(3);
});
