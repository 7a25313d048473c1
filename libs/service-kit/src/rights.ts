import { SetMetadata } from '@nestjs/common';
import { Role } from '#libs/contracts';

export const RIGHTS = 'xueji:rights';

export type Rights = { open: true } | { roles: Role[] } | { service: true };

/** A route that needs no account: health, key set, OpenAPI. */
export const Open = () => SetMetadata(RIGHTS, { open: true } satisfies Rights);

/** Posts with one of these roles may call the route; what they may see is a matter of scope. */
export const Allow = (...roles: Role[]) => SetMetadata(RIGHTS, { roles } satisfies Rights);

/** Only another service may call the route. */
export const AllowService = () => SetMetadata(RIGHTS, { service: true } satisfies Rights);
