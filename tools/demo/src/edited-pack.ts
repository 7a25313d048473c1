import { readFileSync, writeFileSync } from 'node:fs';
import { lucheng } from '../../sample-province/src';
import { officerOf } from './accounts';
import { Lucheng, outcomeOf } from './lucheng';
import { Story } from './story';
import { CaseView, withdraw } from './transfer-case';
import { World } from './world';

const pack = 'changzhi-lucheng-2019.json';
const cap = 'class.cap.life.junior';

/** One value in a pack file is edited and the services are started again: the same application is judged differently. */
export const editedPack = async (
  world: World,
  story: Story,
  lu: Lucheng,
  apply: () => Promise<CaseView>,
): Promise<void> => {
  const file = world.fileOf(`packs/${pack}`);
  const before = readFileSync(file, 'utf8');
  const raised = before.replace(new RegExp(`("${cap}": \\{ "value": )55`), (_all, head: string) => `${head}56`);
  const inForce = async () => {
    const { parameters } = await world
      .as(officerOf(lucheng))
      .must<{ parameters: { parameter: string; value?: number; citation?: { article: string } }[] }>(
        `/api/registry/v1/policies/in-force?office=${lucheng}`,
      );
    return parameters.find(({ parameter }) => parameter === cap);
  };
  writeFileSync(file, raised);
  await world.restart('registry', 'transfer');
  const edited = await inForce();
  const held = await apply();
  if (held.state === 'inReview') await withdraw(world, lu.clerk, held.id);
  writeFileSync(file, before);
  await world.restart('registry', 'transfer');
  const back = await inForce();
  const again = await apply();
  story.check(
    'one edited value in a pack file changes the outcome: with a cap of 56 the same application is taken, with 55 refused',
    raised !== before &&
      held.state === 'inReview' &&
      edited?.value === 56 &&
      again.state === 'ended' &&
      back?.value === 55,
    `${pack}, ${cap}: 55 → ${edited?.value}: ${outcomeOf(held)}; → ${back?.value}: ${outcomeOf(again)}`,
  );
};
