/** Who calls, which posts they hold, and the scope that goes into every query. Decides nothing about business. */
export { Allow, AllowService, Open } from '#libs/service-kit';
export { AccessModule } from './access.module';
export { Actor } from './actor';
export { By } from './by';
export * from './post';
export { Posts } from './posts';
export { Tokens, type Identity } from './tokens';
