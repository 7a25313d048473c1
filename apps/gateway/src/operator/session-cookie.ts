import { tokenLife } from '../sign-in/token-issuer';

const name = 'xueji-operator';
/** The dashboard alone gets it, no script reads it, no other site sends it. */
const where = 'Path=/operator; HttpOnly; SameSite=Strict';

/** The cookie is the token itself: it is verified as any token is, and ends with it. */
export const sessionCookie = (token: string, secure: boolean): string =>
  `${name}=${token}; ${where}; Max-Age=${tokenLife}${secure ? '; Secure' : ''}`;

export const clearedSession = `${name}=; ${where}; Max-Age=0`;

export const tokenInCookie = (header: string | undefined): string | undefined =>
  header
    ?.split(';')
    .map((part) => part.trim().split('='))
    .find(([key]) => key === name)?.[1];
