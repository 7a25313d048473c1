/** The law in force at a place, and what is open in it. Changes no pack. */
export { OpenParameters, type RecordCount } from './open-parameters';
export { Policies } from './policies';
export { PoliciesModule } from './policies.module';
