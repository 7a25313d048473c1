/** Preload: dies when everything of a transaction has been sent but its commit. */
import { dieIfArmed } from './arming';
import { aroundCommit } from './transactions';

aroundCommit(async (collections, commit) => {
  dieIfArmed(collections);
  await commit();
});
