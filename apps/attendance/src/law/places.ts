import { Injectable } from '@nestjs/common';
import { ClientSession } from 'mongoose';
import { NotHeardOf, PlacesRepository } from '#libs/places';
import { Law } from './law';
import { SchoolPlace } from './place';

/** Schools with their days and their law, as far as the registry has told of them. */
@Injectable()
export class Places {
  constructor(
    private readonly places: PlacesRepository,
    private readonly law: Law,
  ) {}

  /** @throws NotHeardOf */
  async school(id: string, session?: ClientSession): Promise<SchoolPlace> {
    const school = await this.places.office(id, session);
    if (!school) throw new NotHeardOf(id);
    const reads = [
      () => this.places.treeOver([school], session),
      () => this.places.termsOver(school.path, session),
    ] as const;
    // One session reads one thing after another; without one, both at once.
    const [tree, terms] = session ? [await reads[0](), await reads[1]()] : await Promise.all([reads[0](), reads[1]()]);
    return new SchoolPlace(school, tree, terms, this.law.policy, this.law.calendar);
  }
}
