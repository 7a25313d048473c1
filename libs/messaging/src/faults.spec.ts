import { mongo } from 'mongoose';
import { refuse } from '#libs/service-kit';
import { faultOf, isTransient, JournalUnreachable } from './faults';

const serverError = (code: number, message = '', labels: string[] = []) => {
  const error = new mongo.MongoServerError({ message, code });
  for (const label of labels) error.addErrorLabel(label);
  return error;
};
const named = (name: string) => Object.assign(new Error('x'), { name });

const text = { zh: '张三', en: 'x' };
const refusal = (slug: string) => refuse(slug, { status: 422, title: text, detail: text, remedy: text });

describe('what passes by itself', () => {
  it.each([
    ['a write conflict', serverError(112)],
    ['no primary', serverError(10107)],
    ['a label of the driver', serverError(1, '', ['TransientTransactionError'])],
    ['an unknown commit', serverError(1, '', ['UnknownTransactionCommitResult'])],
    ['the network', named('MongoNetworkError')],
    ['no server', named('MongooseServerSelectionError')],
    ['a journal that does not answer', new JournalUnreachable('away')],
    ['any of them as a cause', new Error('outer', { cause: new Error('middle', { cause: serverError(112) }) })],
    ['the first row of one aggregate by two at once', serverError(11000, 'E11000 … t.inbox index: _id_ dup key')],
  ])('%s', (_, error) => expect(isTransient(error)).toBe(true));

  it.each([
    ['a bug', new TypeError('x')],
    ['a doubled key of the business', serverError(11000, 'E11000 … t.students index: number dup key')],
    ['a rejected document', serverError(121)],
    ['a refusal', refusal('x')],
    ['no error at all', 'text'],
    ['nothing', undefined],
  ])('not %s', (_, error) => expect(isTransient(error)).toBe(false));
});

describe('what is kept of an error', () => {
  it('names class and place, never the message', () => {
    const fault = faultOf(new TypeError('张三'));
    expect(fault.kind).toBe('TypeError');
    expect(fault.detail).toMatch(/^at libs\/messaging\/src\/faults\.spec\.ts:\d+$/);
  });

  it('names code of the store, slug of a refusal, kind of what is no error', () => {
    expect(faultOf(serverError(121, '张三')).detail).toContain('code 121');
    expect(faultOf(refusal('class-full'))).toEqual({
      kind: 'refused',
      detail: 'class-full',
    });
    expect(faultOf('张三')).toEqual({ kind: 'not-an-error', detail: 'string' });
  });
});
