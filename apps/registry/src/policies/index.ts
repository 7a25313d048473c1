/** The law in force at a place, and what is open in it. Changes no pack. */
export { Policies } from './policies';
export { PoliciesModule } from './policies.module';
