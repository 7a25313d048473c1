import { Injectable } from '@nestjs/common';
import { Actor } from '#libs/access';
import type { Citation, LetterRecipient, ProblemItem, Stage } from '#libs/contracts';
import type { Pack } from '#libs/policy';
import { refuse, wrongState } from '#libs/service-kit';
import { Law } from '../law/law';
import { Places } from '../law/places';
import { draftsFor } from './letter';
import { LettersRepository } from './letters.repository';
import { addressed, number } from './report-suspicion';
import { confirm, isOpen, type Watch } from './watch';
import { OnWatch, WatchActs, WatchAnswer } from './watch-acts';

export interface ConfirmInput extends OnWatch {
  township?: string;
}

/**
 * The school confirms a dropout: not before the time to come back has passed, and not while visit, county report or a
 * letter is missing (GZ-DO5). A dropout of a compulsory stage goes out in writing at once (NAT-DO1, CZ-WD9, D5-07); the
 * record stays open (NAT-DO2).
 */
@Injectable()
export class ConfirmDropout {
  constructor(
    private readonly acts: WatchActs,
    private readonly law: Law,
    private readonly places: Places,
    private readonly letters: LettersRepository,
  ) {}

  /** @throws Refused `not-found`, `stale-version`, `wrong-state`, `dropout-not-ready`, `time-to-return`, `invalid-input` */
  run(actor: Actor, key: string, input: ConfirmInput): Promise<WatchAnswer> {
    return this.acts.run(actor, key, 'confirm', input, async (watch, moment, session) => {
      if (!isOpen(watch) || watch.state === 'dropout') throw wrong(watch);
      const pack = this.law.policy.pack(watch.pack);
      const lacking = lackingFor(watch, pack);
      if (lacking.length > 0) throw notReady(lacking);
      const within = pack.setting<number>('dropout.confirm.after');
      const dueOn = watch.report?.dueOn;
      if (within.configured && dueOn !== undefined && moment.on <= dueOn) throw timeRuns(dueOn, within.citation);
      const asked = reportedOf(pack, watch.stage);
      const place = await this.places.school(watch.school, session);
      const township = input.township ?? (await this.townshipOf(watch));
      const parts = asked ? addressed(asked.recipients, place, pack, watch, { township }, asked.citation) : [];
      const drafts = draftsFor(parts, asked?.rules ?? []);
      const { letters, book } = await number(this.letters, session, drafts, watch, 'dropout', moment);
      const rules = ['GZ-DO5', 'NAT-DO2', 'D5-07'].filter((rule) => pack.rule(rule));
      return {
        change: confirm(watch, letters, rules, moment),
        book,
        facts: {
          letters: letters.map(({ _id, to, alsoTo }) => ({ no: _id, to, ...(alsoTo && { alsoTo }) })),
          ...(!within.configured && { notConfigured: ['dropout.confirm.after'] }),
        },
      };
    });
  }

  /** The body that the letter on the suspicion went to. */
  private async townshipOf({ _id, report }: Watch): Promise<string | undefined> {
    if (!report) return undefined;
    const sent = await this.letters.ofWatch(_id);
    return sent.find(({ to, about }) => to === 'township' && about === 'suspicion')?.recipient;
  }
}

/** What is to be reported of a dropout, to whom, and by which rules; nothing for a stage that is not compulsory. */
const reportedOf = (pack: Pack, stage: Stage) => {
  const stages = pack.setting<Stage[]>('compulsory.stages');
  const recipients = pack.setting<LetterRecipient[]>('dropout.report.recipients');
  if (!stages.configured || !stages.value.includes(stage) || !recipients.configured) return undefined;
  const rules = ['NAT-DO1', 'CZ-WD9', 'D5-07', 'R5-07'].filter((rule) => pack.rule(rule));
  return { recipients: recipients.value, citation: recipients.citation, rules };
};

/** What the pack asks for before a dropout, and is not there (GZ-DO3, GZ-DO4, GZ-DO5, GZ-DO9). */
export const lackingFor = (watch: Watch, pack: Pack): ProblemItem[] => {
  const lacking: ProblemItem[] = [];
  const visit = pack.setting<boolean>('dropout.homeVisit');
  if (visit.configured && visit.value && !watch.visits.some(({ inVain }) => inVain))
    lacking.push({ code: 'home-visit', ...says.visit, citation: visit.citation });
  const recipients = pack.setting<LetterRecipient[]>('dropout.suspicion.recipients');
  if (!recipients.configured) return lacking;
  const standing = (watch.report?.letters ?? []).filter(({ withdrawnBy }) => withdrawnBy === undefined);
  for (const to of recipients.value)
    if (!standing.some((letter) => letter.to.includes(to)))
      lacking.push({
        code: `letter-${to}`,
        ...says[to],
        citation: pack.rule(to === 'county' ? 'GZ-DO3' : 'GZ-DO4')?.citation ?? recipients.citation,
      });
  return lacking;
};

const says = {
  visit: { message: { zh: '没有无果的家访记录。', en: 'No home visit in vain is on record.' } },
  county: { message: { zh: '没有上报县级教育局备案。', en: 'Nothing was reported to the county.' } },
  township: { message: { zh: '没有致乡镇人民政府的函件。', en: 'No letter has gone to the township government.' } },
  community: { message: { zh: '没有致社区的函件。', en: 'No letter has gone to the community.' } },
  recordAuthority: { message: { zh: '没有报学籍主管部门。', en: 'Nothing was reported to the record authority.' } },
};

const notReady = (items: ProblemItem[]) =>
  refuse('dropout-not-ready', {
    status: 422,
    title: { zh: '手续不全，不能标注辍学', en: 'Something is missing before a dropout' },
    detail: {
      zh: `标注辍学前还缺 ${items.length} 项。`,
      en: `${items.length} thing(s) are missing before a dropout may be confirmed.`,
    },
    remedy: {
      zh: '请先登记家访并上报、发函。',
      en: 'Record the home visit, report it and send the letters first.',
    },
    ...(items[0].citation && { citation: items[0].citation }),
    items,
  });

const timeRuns = (dueOn: string, citation: Citation) =>
  refuse('time-to-return', {
    status: 422,
    title: { zh: '劝返期未满', en: 'There is still time to come back' },
    detail: {
      zh: `劝返复学期至${dueOn}止，期满仍未返校的才标注辍学。`,
      en: `The child may come back until ${dueOn}; only then may a dropout be confirmed.`,
    },
    remedy: { zh: '请继续劝返，期满后办理。', en: 'Go on asking the child back; confirm after that day.' },
    citation,
    facts: { dueOn },
  });

const wrong = ({ state }: Watch) =>
  wrongState(
    { zh: '该生已标注辍学，或标注已结束。', en: 'The child has dropped out already, or the watch is over.' },
    { zh: '请查看办理进度。', en: 'Look at the timeline.' },
    { state },
  );
