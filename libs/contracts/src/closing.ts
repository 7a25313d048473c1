import { defineEvent, field, Owner } from './event';

/**
 * A service's part of the closing of a school: what is still open there. Aggregate id: `closing.<closing>`, one answer for
 * each question.
 */
const partAnswered = <const O extends Owner>(owner: O) =>
  defineEvent(owner, 'closing-part', `cn.xueji.${owner}.closing-part-answered.v1` as const, {
    closing: field.id(),
    ask: field.count('Question that it answers'),
    open: field.count(),
    items: field.list(
      field.object({ kind: field.code('`transfer`, `placement` …'), id: field.id() }),
      'The first of them',
    ),
  });

export const transferPartAnswered = partAnswered('transfer');
