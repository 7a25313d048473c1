import type { PartOwner } from './codes';
import { defineEvent, field } from './event';

/** An owner has frozen its part of a copy. Aggregate id: copy id. The same on each owner's own topic. */
const partFrozen = <const O extends PartOwner>(owner: O) =>
  defineEvent(owner, 'part', `cn.xueji.${owner}.part-frozen.v1` as `cn.xueji.${O}.part-frozen.v1`, {
    copy: field.id(),
    student: field.id(),
    digest: field.code('SHA-256 of the part, hex'),
    bytes: field.count('Length of the part, its papers not included'),
    items: field.count('Things in it: facts, papers, cases, rows'),
    positions: field.list(
      field.object({ id: field.id('Aggregate'), seq: field.count() }),
      'How far the histories went that the part was made from',
    ),
  });

export const registryPartFrozen = partFrozen('registry');
export const transferPartFrozen = partFrozen('transfer');
export const attendancePartFrozen = partFrozen('attendance');
