import { mongo } from 'mongoose';
import { refuse } from '#libs/service-kit';
import { isTransient, reasonOf } from './faults';

describe('a fault of the store', () => {
  it('passes by itself when the store says so, or is not there', () => {
    const conflict = new mongo.MongoServerError({ message: 'write conflict', code: 112 });
    expect(isTransient(conflict)).toBe(false);
    conflict.addErrorLabel('TransientTransactionError');
    expect(isTransient(conflict)).toBe(true);
    expect(isTransient(new mongo.MongoNetworkError('gone'))).toBe(true);
    expect(isTransient(Object.assign(new Error(), { name: 'MongooseServerSelectionError' }))).toBe(true);
  });

  it('does not when the handler is wrong', () => {
    for (const error of [new TypeError('x'), new mongo.MongoServerError({ code: 11000 }), 'text', undefined])
      expect(isTransient(error)).toBe(false);
  });
});

describe('the reason kept', () => {
  const text = { zh: '张三', en: 'Zhang San' };

  it('is class, code and place, or the slug of a refusal; never its words', () => {
    const refused = refuse('wrong-state', { status: 409, title: text, detail: text, remedy: text });
    expect(reasonOf(refused)).toMatch(/^wrong-state/);
    expect(reasonOf(new mongo.MongoServerError({ message: 'dup key: 张三', code: 11000 }))).toMatch(
      /^MongoServerError code 11000 at libs\/deadlines\/src\/faults\.spec\.ts:\d+$/,
    );
    for (const error of [refused, new Error('Zhang San'), 'Zhang San']) expect(reasonOf(error)).not.toMatch(/Zhang|张/);
  });
});
