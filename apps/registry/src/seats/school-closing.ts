import { Office } from '../places/office';

/**
 * Whether a closing stands against a movement: nobody moves into a school that closes, and nobody leaves it any more once
 * its pupils and files are on their way; before that, moving away is how a school is emptied.
 */
export const isClosing = (office: Pick<Office, '_id' | 'closing' | 'to'>, destination: string): boolean =>
  office._id === destination
    ? office.closing !== undefined || office.to !== undefined
    : office.closing?.passing === true;
