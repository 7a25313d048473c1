import { Injectable } from '@nestjs/common';
import type { Actor } from '#libs/access';
import { type Office, PlacesRepository } from '#libs/places';
import { isLocalDate, type LocalDate } from '#libs/policy';
import { invalidInput, notFound } from '#libs/service-kit';

/** The place that a figure is asked for, within the reader's scope, and the two days of a question. */
@Injectable()
export class AskedPlace {
  constructor(private readonly places: PlacesRepository) {}

  /** The office named, or that of the reader's first post. @throws Refused `not-found`: foreign and missing look alike */
  async of(actor: Actor, id = actor.posts[0].office): Promise<Pick<Office, '_id' | 'path' | 'kind'>> {
    const office = await this.places.office(id);
    if (!office || !actor.covers(office.path)) throw notFound();
    return office;
  }

  /** @throws Refused `invalid-input` for knowledge of days to come: it would not be the same answer tomorrow */
  days(
    { on, knownOn }: { on?: LocalDate; knownOn?: LocalDate },
    today: LocalDate,
  ): { on: LocalDate; knownOn: LocalDate } {
    if (knownOn !== undefined && (!isLocalDate(knownOn) || knownOn > today))
      throw invalidInput([
        {
          field: 'knownOn',
          code: 'not-known-yet',
          message: { zh: `${knownOn}尚未到来。`, en: `${knownOn} has not come yet.` },
          remedy: { zh: '请填写今天或以前的日期。', en: 'Name today or a day before it.' },
        },
      ]);
    return { on: on ?? today, knownOn: knownOn ?? today };
  }
}
