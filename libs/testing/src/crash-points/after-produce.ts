/** Preload: dies when the broker has acknowledged messages, before the sender has noted it. */
import { Kafka, Producer, ProducerBatch, ProducerRecord } from 'kafkajs';
import { dieIfArmed } from './arming';

const make = Kafka.prototype.producer;
Kafka.prototype.producer = function (this: Kafka, ...args): Producer {
  const producer = make.apply(this, args);
  const { send, sendBatch } = producer;
  return Object.assign(producer, {
    send: async (record: ProducerRecord) => {
      const acknowledged = await send(record);
      dieIfArmed([record.topic]);
      return acknowledged;
    },
    sendBatch: async (batch: ProducerBatch) => {
      const acknowledged = await sendBatch(batch);
      dieIfArmed((batch.topicMessages ?? []).map(({ topic }) => topic));
      return acknowledged;
    },
  });
};
