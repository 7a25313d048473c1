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
    const tree = await this.places.treeOver([school], session);
    const terms = await this.places.termsOver(school.path, session);
    return new SchoolPlace(school, tree, terms, this.law.policy, this.law.calendar);
  }
}
