import { Injectable } from '@nestjs/common';
import { ClientSession } from 'mongoose';
import { Actor } from '#libs/access';
import type { Citation, LetterRecipient, ProblemItem } from '#libs/contracts';
import type { Pack } from '#libs/policy';
import { invalidInput, refuse, wrongState } from '#libs/service-kit';
import { Law } from '../law/law';
import type { SchoolPlace } from '../law/place';
import { Places } from '../law/places';
import { WordsRepository } from '../words/words.repository';
import { draftsFor, type Letter, type LetterDraft } from './letter';
import { LetterBook, LettersRepository } from './letters.repository';
import { report, type Moment, type Watch } from './watch';
import { OnWatch, WatchActs, WatchAnswer } from './watch-acts';

export interface ReportInput extends OnWatch {
  /** What was done to bring the child back (追辍工作情况); sealed. */
  pursuit: string;
  /** Names of the bodies that have no office here. */
  township?: string;
  community?: string;
}

/**
 * Home visits were in vain: the school reports to the county for information and, at the same time, writes to township
 * government and community, which starts the return procedure (GZ-DO3, GZ-DO4). Its day starts the time to come back.
 */
@Injectable()
export class ReportSuspicion {
  constructor(
    private readonly acts: WatchActs,
    private readonly law: Law,
    private readonly places: Places,
    private readonly letters: LettersRepository,
    private readonly words: WordsRepository,
  ) {}

  /** @throws Refused `not-found`, `stale-version`, `wrong-state`, `no-home-visit`, `not-configured`, `invalid-input` */
  run(actor: Actor, key: string, input: ReportInput): Promise<WatchAnswer> {
    return this.acts.run(actor, key, 'report', input, async (watch, moment, session) => {
      if (watch.state !== 'suspected') throw notSuspected(watch);
      const pack = this.law.policy.pack(watch.pack);
      const visited = pack.setting<boolean>('dropout.homeVisit');
      if (visited.configured && visited.value && !watch.visits.some(({ inVain }) => inVain))
        throw noHomeVisit(pack.rule('GZ-DO3')?.citation ?? visited.citation);
      const recipients = pack.setting<LetterRecipient[]>('dropout.suspicion.recipients');
      if (!recipients.configured) throw notConfigured(pack);
      const place = await this.places.school(watch.school, session);
      const rules = ['GZ-DO3', 'GZ-DO4', 'R5-07'].filter((rule) => pack.rule(rule));
      const drafts = draftsFor(addressed(recipients.value, place, pack, watch, input, recipients.citation), rules);
      const { letters, book } = await number(this.letters, session, drafts, watch, 'suspicion', moment);
      const within = pack.setting<number>('dropout.confirm.after');
      const calendar = this.law.calendar.forOffice(watch.path);
      const dueOn = within.configured ? calendar.due(moment.on, within).dueOn : undefined;
      const { account, at } = moment;
      await this.words.write(
        session,
        { id: watch._id, path: watch.path },
        { what: 'pursuit', text: input.pursuit, account, at },
      );
      const change = report(watch, letters, dueOn, rules, moment);
      return { change, book, facts: { letters: letters.map(({ _id, to }) => ({ no: _id, to })), dueOn } };
    });
  }
}

/** Drafts get their numbers from the register of the school, in order. */
export const number = async (
  repository: LettersRepository,
  session: ClientSession,
  drafts: readonly LetterDraft[],
  { school, path, _id: watch, student }: Watch,
  about: Letter['about'],
  { on, account }: Moment,
): Promise<{ letters: Letter[]; book: LetterBook }> => {
  const book = await repository.book(session, school, on);
  const letters = drafts.map((draft) => ({
    ...{ _id: book.next(), school, path, watch, student, about, on, account },
    ...draft,
  }));
  return { letters, book };
};

/** Who is behind each part; a body without an office is named by the caller. @throws Refused `invalid-input` */
export const addressed = (
  parts: readonly LetterRecipient[],
  place: SchoolPlace,
  pack: Pack,
  { stage }: Watch,
  named: { township?: string; community?: string },
  citation: Citation,
): { to: LetterRecipient; office?: string; recipient: string }[] => {
  const problems: ProblemItem[] = [];
  const found = parts.map((to) => {
    if (to === 'county') return officeOf(to, place.county(), place);
    if (to === 'recordAuthority') return officeOf(to, place.recordAuthority(stage, pack), place);
    const township = to === 'township' ? place.township() : undefined;
    if (township) return { to, office: township._id, recipient: township.name };
    const recipient = named[to]?.trim();
    if (!recipient) problems.push({ field: to, code: 'isNotEmpty', ...nameIt[to], citation });
    return { to, recipient: recipient ?? '' };
  });
  if (problems.length > 0) throw invalidInput(problems);
  return found;
};

const officeOf = (to: LetterRecipient, office: string, place: SchoolPlace) => ({
  to,
  office,
  recipient: place.name(office),
});

const nameIt = {
  township: { message: { zh: '请写明乡镇人民政府名称。', en: 'Name the township government.' } },
  community: { message: { zh: '请写明社区（村）名称。', en: 'Name the community.' } },
};

const notSuspected = ({ state }: Watch) =>
  wrongState(
    { zh: '只有尚未上报的疑似辍学可以上报。', en: 'Only a suspicion that is not reported yet can be reported.' },
    { zh: '请查看办理进度。', en: 'Look at the timeline.' },
    { state },
  );

const noHomeVisit = (citation: Citation) =>
  refuse('no-home-visit', {
    status: 422,
    title: { zh: '没有家访记录，不能上报', en: 'No home visit on record' },
    detail: {
      zh: '教师家访劝说无果的，由学校连同家访记录上报；目前没有无果的家访记录。',
      en: 'A report rests on a home visit in vain, with its record; none is on record.',
    },
    remedy: { zh: '请先由教师家访并登记家访记录。', en: 'Have a teacher visit the home and record it first.' },
    citation,
  });

const notConfigured = (pack: Pack) =>
  refuse('not-configured', {
    status: 422,
    title: { zh: '当地办法没有规定此项上报', en: 'No text asks for this report' },
    detail: {
      zh: `${pack.title.zh}没有规定疑似辍学向谁上报。`,
      en: `${pack.title.en} does not say to whom a suspected dropout is reported.`,
    },
    remedy: {
      zh: '确认辍学后按规定书面上报；由有权机关可在本级政策包中设定。',
      en: 'Report the dropout once it is confirmed; the authority in charge may set recipients in its own pack.',
    },
    ...(pack.rule('R5-01') && { citation: pack.rule('R5-01')!.citation }),
    facts: { parameter: 'dropout.suspicion.recipients', pack: pack.id },
  });
