import type { LocalDate } from '#libs/policy';
import { Content, Kind, meaning } from '../inbox/item';

/**
 * `pending`: its first try is armed. `due`: to be sent now. `sending`: somebody holds its lease. `failed`: its next try is
 * armed. Over: `sent` (accepted for everybody), `givenUp` (refused for good, or the tries are used up; an operator sees
 * it), `withdrawn` (the matter was settled before), `noAddress` (nobody at the office has left one).
 */
export const deliveryStates = [
  'pending',
  'due',
  'sending',
  'failed',
  'sent',
  'givenUp',
  'withdrawn',
  'noAddress',
] as const;
export type DeliveryState = (typeof deliveryStates)[number];

/** A message on its way by e-mail to whoever holds the posts of an office when it is sent. */
export interface Delivery {
  /** What it means and by which channel, so that nothing is sent twice under another id. */
  _id: string;
  item: string;
  office: string;
  content: Content;
  reminder: boolean;
  dueOn?: LocalDate;
  state: DeliveryState;
  tries: number;
  /** Business time. */
  nextTryAt: Date;
  /** Real time; who lets it pass has died, and another may take the delivery. */
  lease?: { token: string; until: Date };
  /** Accounts for whom the server took the mail, and for whom it refused it for good. */
  accepted: string[];
  refused: string[];
  /** Why the last try failed: codes, never what the server wrote, which may repeat an address. */
  reason?: string;
  /** The matter was settled while it was being sent: no further try. */
  unwanted?: boolean;
}

/** News of these kinds is sent by mail; the rest waits in the inbox. */
export const isMailed = (kind: Kind): boolean =>
  !['intakeSubmitted', 'collectionCommitted', 'letterToSend'].includes(kind);

export const newDelivery = (
  item: { _id: string; office: string; content: Content; dueOn?: LocalDate },
  { reminder, day, now }: { reminder: boolean; day: LocalDate; now: Date },
): Delivery => ({
  _id: meaning(item._id, reminder ? 'reminder' : 'news', item.dueOn ?? day, 'email'),
  item: item._id,
  office: item.office,
  content: item.content,
  reminder,
  ...(item.dueOn && { dueOn: item.dueOn }),
  state: 'pending',
  tries: 0,
  nextTryAt: now,
  accepted: [],
  refused: [],
});

const minute = 60_000;
const waits = [1, 5, 30, 120, 720].map((minutes) => minutes * minute);

/** Tries that a delivery gets in all. */
export const allowedTries = waits.length + 1;

/** When to try again after this many tries (1, 2 …); undefined when they are used up. */
export const nextTryAfter = (tries: number, now: Date): Date | undefined =>
  tries < allowedTries ? new Date(now.getTime() + waits[tries - 1]) : undefined;

interface SmtpFault {
  name?: string;
  code?: string;
  responseCode?: number;
  command?: string;
}

/**
 * Whether a fault is the recipient's for good: the server refuses this recipient or this mail (5xx). A refused password,
 * a refused sender or a lost connection is a matter of our own set-up and passes when it is mended.
 */
export const verdictOf = (fault: unknown): { permanent: boolean; reason: string } => {
  const { name, code, responseCode, command } = (fault ?? {}) as SmtpFault;
  const ours = command === 'MAIL FROM' || (code !== 'EENVELOPE' && code !== 'EMESSAGE');
  return {
    permanent: !ours && responseCode !== undefined && responseCode >= 500,
    reason: [code ?? name ?? 'unknown', responseCode].filter(Boolean).join(' '),
  };
};
