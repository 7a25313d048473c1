/** Preload: dies when a transaction has been committed, before anybody hears of it. */
import { dieIfArmed } from './arming';
import { aroundCommit } from './transactions';

aroundCommit(async (collections, commit) => {
  await commit();
  dieIfArmed(collections);
});
