import { Injectable } from '@nestjs/common';
import { Actor } from '#libs/access';
import { MessagingStore, Once } from '#libs/messaging';
import { Clock, notFound, refuse, staleVersion, wrongState } from '#libs/service-kit';
import { Change, deliver, Handover, Moment, receive, waitsFor } from './handover';
import { HandoversRepository } from './handovers.repository';

export interface Delivery {
  id: string;
  version: number;
  items: string[];
}

export interface Receipt {
  id: string;
  version: number;
  received: string[];
  missing: string[];
}

type Answer = { id: string; version: number; state: string };

/** The old school sends the file by its list, the new school confirms it item by item; only then the case ends (GZ-TR12). */
@Injectable()
export class HandOverFile {
  constructor(
    private readonly store: MessagingStore,
    private readonly once: Once,
    private readonly handovers: HandoversRepository,
    private readonly clock: Clock,
  ) {}

  /** @throws Refused `not-found`, `stale-version`, `wrong-state`, `not-your-turn`, `list-not-whole` */
  deliver(actor: Actor, key: string, input: Delivery): Promise<Answer> {
    return this.act(actor, key, 'deliver', input, 'open', (before, moment) => {
      const change = deliver(before, input.items, { account: actor.account }, moment);
      if ('lacking' in change) throw notWhole(before, change.lacking);
      return change;
    });
  }

  /** @throws Refused as `deliver` */
  receive(actor: Actor, key: string, input: Receipt): Promise<Answer> {
    return this.act(actor, key, 'receive', input, 'delivered', (before, moment) => {
      const change = receive(before, input, { account: actor.account }, moment);
      if ('unanswered' in change) throw notWhole(before, change.unanswered);
      return change;
    });
  }

  private act(
    actor: Actor,
    key: string,
    act: 'deliver' | 'receive',
    input: { id: string; version: number },
    state: 'open' | 'delivered',
    decide: (before: Handover, moment: Moment) => Change,
  ): Promise<Answer> {
    return this.store.transaction((session) =>
      this.once.run(session, { account: actor.account, key, body: { act, input } }, async () => {
        const before = await this.handovers.find(input.id, session);
        if (!before || !before.paths.some((path) => actor.covers(path))) throw notFound();
        if (before.version !== input.version) throw staleVersion(input.version, before.version);
        if (before.state !== state || !before.items) throw notNow(before);
        const office = waitsFor(before)!;
        const post = actor.posts.find((one) => one.office === office);
        if (!post) throw notYourTurn(office);
        const moment = { on: this.clock.today(), at: this.clock.now() };
        const change = decide(before, moment);
        const by = { act: `archive.file.${act}`, account: actor.account, post: post._id };
        await this.handovers.save(session, before, change, by, moment.at);
        return { id: before._id, version: change.handover.version, state: change.handover.state };
      }),
    );
  }
}

const notWhole = ({ citations, items }: Handover, lacking: string[]) =>
  refuse('list-not-whole', {
    status: 422,
    title: { zh: '移交清单不完整', en: 'The list is not whole' },
    detail: {
      zh: `学籍档案应逐项移交、逐项确认，还缺 ${lacking.length} 项。`,
      en: `A file is handed over and confirmed item by item; ${lacking.length} are left out.`,
    },
    remedy: { zh: '请对清单中的每一项作出说明。', en: 'Answer for every item of the list.' },
    ...(citations[0] && { citation: citations[0] }),
    facts: { lacking, list: (items ?? []).map(({ item }) => item) },
  });

const notNow = ({ state, items }: Handover) =>
  wrongState(
    items
      ? { zh: '档案当前不在这一步。', en: 'The file is not at this step.' }
      : { zh: '留存副本尚未封存，移交清单还没有形成。', en: 'The copy is not sealed yet, so there is no list.' },
    { zh: '请查看档案移交进度，稍后再试。', en: 'Look at where the file is, and try again later.' },
    { state },
  );

const notYourTurn = (office: string) =>
  refuse('not-your-turn', {
    status: 403,
    title: { zh: '不由您办理这一步', en: 'Not your step' },
    detail: {
      zh: '转出学校移交档案，转入学校确认收到。',
      en: 'The old school sends the file, the new school confirms it.',
    },
    remedy: { zh: '请由相应学校的学籍管理员办理。', en: 'Have the clerk of that school act.' },
    facts: { office },
  });
