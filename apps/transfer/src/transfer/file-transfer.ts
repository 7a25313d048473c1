import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { Actor } from '#libs/access';
import type { ProblemItem } from '#libs/contracts';
import { MessagingStore, Once } from '#libs/messaging';
import { PapersRepository } from '#libs/papers';
import { blockers, Finding, idleOverrides, type Pack, type Party } from '#libs/policy';
import { Clock, invalidInput, refuse, type Refused } from '#libs/service-kit';
import { Law } from '../law/law';
import { Dossier, Dossiers } from './dossiers';
import { FilingInput } from './filing-input';
import { filingDue } from './preflight-transfer';
import { againstEarlyStudy } from './rules/entry';
import { Change, fileTransfer } from './transfer';
import { TransferRepository } from './transfer.repository';
import { Words, WordsRepository } from './words.repository';

export interface Filed {
  id: string;
  version: number;
  state: string;
  filedAt: Date;
  late: boolean;
  /** Last day for filing after the consent; null: the pack gives no number. */
  dueOn: string | null;
}

/**
 * The receiving school files (NAT-TR1, CZ-TR6). Accepted at this moment, even if the registry is down: it is asked by
 * event to hold the record. What only the registry knows is not judged here.
 */
@Injectable()
export class FileTransfer {
  constructor(
    private readonly store: MessagingStore,
    private readonly once: Once,
    private readonly dossiers: Dossiers,
    private readonly papers: PapersRepository,
    private readonly transfers: TransferRepository,
    private readonly words: WordsRepository,
    private readonly law: Law,
    private readonly clock: Clock,
  ) {}

  /** @throws Refused `not-found`, `invalid-input`, `transfer-refused`, `override-not-possible` … */
  run(actor: Actor, key: string, input: FilingInput): Promise<Filed> {
    return this.store.transaction((session) =>
      this.once.run(session, { account: actor.account, key, body: { act: 'file', input } }, async () => {
        const moment = { on: this.clock.today(), at: this.clock.now() };
        const dossier = await this.dossiers.open(actor, input.application, moment.on);
        await this.refuseUnread(dossier, input, moment.on);
        refuseUnlawful(dossier, input, actor.account);
        const change = fileTransfer(this.filingOf(actor, dossier, input), this.law.clocks, moment);
        const { transfer } = change;
        await this.transfers.save(session, change, {
          act: 'transfer.case.file',
          account: actor.account,
          post: dossier.post._id,
        });
        await this.words.write(session, transfer, wordsOf(input, actor, moment.at));
        return answerOf(change);
      }),
    );
  }

  /** Papers that this school has not uploaded, and a consent that lies ahead. */
  private async refuseUnread(dossier: Dossier, { application }: FilingInput, today: string): Promise<void> {
    const items: ProblemItem[] = [];
    if (application.consentOn > today) {
      items.push({
        field: 'consentOn',
        code: 'in-the-future',
        message: { zh: '同意接收日期不能晚于今天。', en: 'The consent cannot lie in the future.' },
      });
    }
    const digests = application.papers.map(({ digest }) => digest);
    const lacking = new Set(await this.papers.lacking(dossier.plan.parties.inSchool.office, digests));
    application.papers.forEach(({ digest }, index) => {
      if (!lacking.has(digest)) return;
      items.push({
        field: `papers.${index}.digest`,
        code: 'paper-not-uploaded',
        message: { zh: '没有上传过这份材料。', en: 'This school has uploaded no such paper.' },
        remedy: { zh: '请先上传扫描件。', en: 'Upload the scan first.' },
      });
    });
    if (items.length) throw invalidInput(items);
  }

  private filingOf(actor: Actor, dossier: Dossier, { application, overrides }: FilingInput) {
    const { plan, situation, checks, post } = dossier;
    const { inSchool, inAuthority, outSchool, outAuthority } = plan.packs;
    const earlyStudy = againstEarlyStudy(application, situation.in, inSchool);
    const set = checks.filter(
      ({ rule, outcome }) => outcome === 'broken' && overrides.some((one) => one.rule === rule),
    );
    return {
      _id: uuidv7(),
      student: application.student,
      stage: situation.student.stage,
      ...phaseIn(inSchool),
      to: { class: application.toClass },
      parties: plan.parties,
      lines: plan.lines,
      packs: ids({ inSchool, inAuthority, outSchool, outAuthority }),
      application,
      overrides: set.map(({ rule, citation }) => ({ rule, citation, person: actor.account })),
      ...(earlyStudy && { earlyStudy }),
      checks,
      order: plan.order,
      steps: plan.steps,
      filing: {
        account: actor.account,
        post: post._id,
        act: plan.filing.act,
        citation: plan.filing.citation,
        due: filingDue(dossier, this.law, application.consentOn),
      },
    };
  }
}

const ids = (packs: Record<Party, Pack>): Record<Party, string> => ({
  inSchool: packs.inSchool.id,
  inAuthority: packs.inAuthority.id,
  outSchool: packs.outSchool.id,
  outAuthority: packs.outAuthority.id,
});

/** FJ-ST1: a transfer belongs to the changes of a record, not to its beginning or end. */
const phaseIn = (pack: Pack) => {
  const phases = pack.setting('change.phases');
  const entry = phases.configured ? phases.value.find(({ change }) => change === 'transfer') : undefined;
  return phases.configured && entry ? { phase: { phase: entry.phase, citation: phases.citation } } : {};
};

const answerOf = ({ transfer }: Change): Filed => ({
  id: transfer._id,
  version: transfer.version,
  state: transfer.state,
  filedAt: transfer.filing.at,
  late: transfer.filing.late,
  dueOn: transfer.filing.due.dueOn ?? null,
});

const wordsOf = ({ groundText, overrides }: FilingInput, { account }: Actor, at: Date): Words[] => [
  ...(groundText ? [{ what: 'ground', text: groundText, account, at }] : []),
  ...overrides.map(({ rule, reason }) => ({ what: `override ${rule}`, text: reason, account, at })),
];

const itemOf = (finding: Finding): ProblemItem => ({
  code: finding.rule,
  message: finding.message,
  ...(finding.remedy && { remedy: finding.remedy }),
  citation: finding.citation,
  facts: finding.facts,
});

/** All reasons at once, each with its article. What the registry alone knows is left to it. */
const refuseUnlawful = ({ checks }: Dossier, { overrides }: FilingInput, person: string): void => {
  const own = checks.filter(({ spokenBy }) => spokenBy === 'transfer');
  const asked = overrides.map((one) => ({ ...one, person }));
  const blocking = blockers(own, asked);
  if (blocking.length) throw transferRefused(blocking);
  const idle = idleOverrides(own, asked);
  if (idle.length) throw overrideNotPossible(idle.map(({ rule }) => rule));
};

const transferRefused = (blocking: Finding[]): Refused =>
  refuse('transfer-refused', {
    status: 422,
    title: { zh: '不符合转学规定', en: 'The transfer cannot be filed' },
    detail: {
      zh: `有${blocking.length}项不符合规定：${blocking.map(({ message }) => message.zh).join(' ')}`,
      en: `${blocking.length} rule(s) stand against it: ${blocking.map(({ message }) => message.en).join(' ')}`,
    },
    remedy: {
      zh: '请按各项说明处理；“原则上”的规定可由经办人写明理由后放宽。',
      en: 'Do what each item says; a rule in principle can be set aside with a reason.',
    },
    citation: blocking[0].citation,
    items: blocking.map(itemOf),
  });

const overrideNotPossible = (rules: string[]): Refused =>
  refuse('override-not-possible', {
    status: 422,
    title: { zh: '没有可放宽的规定', en: 'Nothing to set aside' },
    detail: {
      zh: `${rules.join('、')}未被违反、不是“原则上”的规定，或者不存在，不能放宽。`,
      en: `${rules.join(', ')}: not broken, not a rule in principle, or none at all.`,
    },
    remedy: { zh: '请去掉多余的放宽理由。', en: 'Leave the override out.' },
    facts: { rules },
  });
