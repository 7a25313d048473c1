import { Injectable } from '@nestjs/common';
import { notFound } from '#libs/service-kit';
import { Office, OfficeRepository } from '../places';

export interface KeptBy {
  id: string;
  name: string;
  kind: string;
}

/** Where the files of a school are today: an old code still answers, through every merger and closing since. */
@Injectable()
export class FindKeeper {
  constructor(private readonly offices: OfficeRepository) {}

  async run(code: string) {
    const office = await this.offices.find(code);
    if (!office) throw notFound();
    const chain: (KeptBy & { by: 'closure' | 'merger'; on?: string })[] = [];
    const seen = new Set([code]);
    let last: Office = office;
    while (last.closed && !seen.has(last.closed.keeper)) {
      const { kind: by, keeper } = last.closed;
      seen.add(keeper);
      const next = await this.offices.find(keeper);
      if (!next) break;
      chain.push({ ...named(next), by, ...(last.to !== undefined && { on: last.to }) });
      last = next;
    }
    return {
      school: named(office),
      ...(office.to !== undefined && { closedOn: office.to }),
      passedTo: chain,
      now: named(last),
    };
  }
}

const named = ({ _id, name, kind }: Office): KeptBy => ({ id: _id, name, kind });
