import type { Stage } from '#libs/contracts';

/** A class as this service has heard of it. How many it may hold, the registry alone says. */
export interface SchoolClass {
  _id: string;
  school: string;
  path: string;
  stage: Stage;
  /** Year in which its pupils entered the stage. */
  entryYear: number;
  name: string;
  version: number;
}
