import { Injectable } from '@nestjs/common';
import { Actor } from '#libs/access';
import { blockers, idleOverrides } from '#libs/policy';
import { isLate, stepDue, wordOf } from '#libs/review';
import { Clock } from '#libs/service-kit';
import { PlacesRepository } from '#libs/places';
import { Law } from '../law/law';
import { Dossier, Dossiers } from './dossiers';
import { FilingInput } from './filing-input';
import { Check } from './situation';

/** Shows, before anything is filed, everything that stands in the way, who must act, and who will review by when. */
@Injectable()
export class PreflightTransfer {
  constructor(
    private readonly dossiers: Dossiers,
    private readonly places: PlacesRepository,
    private readonly law: Law,
    private readonly clock: Clock,
  ) {}

  async run(actor: Actor, { application, overrides }: FilingInput) {
    const on = this.clock.today();
    const dossier = await this.dossiers.open(actor, application, on);
    const { plan, checks, situation, asOf } = dossier;
    const asked = overrides.map((one) => ({ ...one, person: actor.account }));
    const blocking = blockers(checks, asked) as Check[];
    const names = await this.places.names(Object.values(plan.parties).flatMap(({ office, above }) => [office, above]));
    const due = filingDue(dossier, this.law, application.consentOn);
    const shown = (check: Check) => ({
      rule: check.rule,
      outcome: check.outcome,
      strength: check.strength,
      overridable: check.strength === 'PRINCIPLE',
      message: check.message,
      ...(check.remedy && { remedy: check.remedy }),
      citation: check.citation,
      facts: check.facts,
      spokenBy: check.spokenBy,
      mustAct: {
        party: check.mustAct,
        office: plan.parties[check.mustAct].office,
        name: names.get(plan.parties[check.mustAct].office),
      },
    });
    return {
      asOf,
      on,
      student: application.student,
      stage: situation.student.stage,
      possible: blocking.length === 0,
      blockers: blocking.map(shown),
      notChecked: checks.filter(({ outcome }) => outcome === 'notConfigured').map(shown),
      met: checks.filter(({ outcome }) => outcome === 'met').map(({ rule, citation }) => ({ rule, citation })),
      setAside: checks.filter((check) => check.outcome === 'broken' && !blocking.includes(check)).map(shown),
      idleOverrides: idleOverrides(checks, asked).map(({ rule }) => rule),
      filing: {
        act: plan.filing.act,
        citation: plan.filing.citation,
        consentOn: application.consentOn,
        due,
        late: isLate(due, on),
      },
      order: plan.order,
      steps: plan.steps.map(({ key, parties, office, above, act, line, pack, citation }) => ({
        step: key,
        parties,
        office,
        name: names.get(office),
        above,
        act,
        word: wordOf(act, act === 'register' ? 'register' : act === 'fileForInformation' ? 'acknowledge' : 'agree'),
        line,
        pack,
        citation,
        within: this.law.policy.pack(pack).setting<number>('transfer.review.within'),
      })),
    };
  }
}

/** The receiving school's own limit after its consent (GZ-TR6, NAT-TR3). */
export const filingDue = ({ plan }: Pick<Dossier, 'plan'>, { calendar }: Law, consentOn: string) =>
  stepDue(
    plan.packs.inSchool.setting<number>('transfer.submitAfterConsent.within'),
    consentOn,
    calendar.forOffice(plan.parties.inSchool.path),
  );
