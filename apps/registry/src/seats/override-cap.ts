import { Injectable } from '@nestjs/common';
import { Actor } from '#libs/access';
import { registryEvents } from '#libs/contracts';
import { Clock, notFound, refuse } from '#libs/service-kit';
import { Authorities } from '../enrolment/authorities';
import { IntakeReader } from '../enrolment/intake-reader';
import { CarryOut, ClassRepository } from '../places';
import { Policies } from '../policies';

/**
 * The record authority sets aside, for one class, a cap that holds in principle (CZ-CL2, CZ-CL4, D5-04): with a reason and
 * under its own name. The cap of the whole stage still holds; a cap without "in principle" cannot be set aside (CZ-CL6).
 */
@Injectable()
export class OverrideCap {
  constructor(
    private readonly carryOut: CarryOut,
    private readonly classes: ClassRepository,
    private readonly authorities: Authorities,
    private readonly policies: Policies,
    private readonly intakes: IntakeReader,
    private readonly clock: Clock,
  ) {}

  /** @throws Refused `not-found`, `not-in-principle` */
  run(actor: Actor, key: string, classId: string, reason: string): Promise<{ class: string; rule: string }> {
    const command = { key, act: 'registry.class.override-cap', body: { classId, reason } };
    return this.carryOut.run(actor, command, async (session, note) => {
      const found = await this.classes.find(classId, session);
      if (!found) throw notFound();
      const today = this.clock.today();
      const authority = await this.authorities.of(found.school, found.stage, today);
      const post = actor.postOf(authority._id);
      const pack = await this.policies.packFor(found.path, today);
      const forming = pack.setting<number>(`class.cap.forming.${found.stage}`);
      if (!forming.configured || forming.strength !== 'PRINCIPLE') {
        throw refuse('not-in-principle', {
          status: 422,
          title: { zh: '不能放宽', en: 'It cannot be set aside' },
          detail: {
            zh: '该学段的班额没有“原则上”的规定，不能放宽。',
            en: 'No cap of this stage holds only in principle.',
          },
          remedy: { zh: '请另开班或编入其他班。', en: 'Open another class, or place the pupils in another one.' },
          ...(forming.citation && { citation: forming.citation }),
        });
      }
      const { rule } = forming.citation;
      const override = { class: classId, school: found.school, rule, reason, person: actor.account, on: today };
      await this.intakes.overrides.replaceOne({ _id: `${classId}/${rule}` }, override, { session, upsert: true });
      const { school, path, stage } = found;
      note(
        {
          definition: registryEvents.classCapOverridden,
          aggregateId: classId,
          seq: await this.classes.nextVersion(session, found),
          effectiveOn: today,
          pack: pack.id,
          rules: [rule],
          data: { school, path, stage, rule, cap: forming.value, authority: authority._id },
        },
        post,
        [rule],
      );
      return { class: classId, rule };
    });
  }
}
