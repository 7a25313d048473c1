import { createParamDecorator, ExecutionContext } from '@nestjs/common';
import { Authenticated } from './access.guard';
import { Actor } from './actor';

/** The caller, on a route with `@Allow`. */
export const By = createParamDecorator((_: unknown, context: ExecutionContext): Actor => {
  const actor = context.switchToHttp().getRequest<Authenticated>().actor;
  if (!actor) throw new Error('the route declares no roles, so it has no actor');
  return actor;
});
