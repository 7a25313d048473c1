import { lucheng } from '../../sample-province/src';
import { officerOf } from './accounts';
import { cites, Lucheng, outcomeOf, refusedOrHeld } from './lucheng';
import { said, Story } from './story';
import { act, file, reaches, withdraw } from './transfer-case';
import { World } from './world';

/** Two applications for the last seat of a class in the same second (CZ-TR10). */
export const lastSeat = async (world: World, story: Story, lu: Lucheng): Promise<void> => {
  story.begin('lastSeat', 'The last seat · 最后一个学位');
  const pupils = [lu.pupil(9, 0), lu.pupil(9, 1)];
  const filed = await Promise.all(pupils.map((student) => file(world, lu.wish(student, 9))));
  for (const one of filed) if (one.status >= 300) throw new Error(said(one));
  const views = await Promise.all(
    filed.map(({ body }) =>
      reaches(world, lu.clerk, body.id, ({ state }) => state !== 'filed', 'an answer of the registry'),
    ),
  );
  const [winner] = views.filter(({ state }) => state === 'inReview');
  const [loser] = views.filter(({ state }) => state === 'ended');
  story.count('applications', views.length);
  story.check(
    'two applications in the same second: exactly one holds the seat, the other is refused with the article [CZ-TR10]',
    winner !== undefined && loser !== undefined && cites(loser, 'CZ-TR10'),
    views.map(outcomeOf).join('; '),
  );
  await withdraw(world, lu.clerk, winner.id);
  const second = await refusedOrHeld(world, lu, pupils[views.indexOf(loser)], 9);
  story.check('withdrawing the first frees it for the second', second.state === 'inReview', second.state);
  const late = await act(world, officerOf(lucheng), winner.id, 'agree').catch((fault: Error) => fault.message);
  story.check(
    'nobody can act on the case that was withdrawn',
    typeof late === 'string' || late.status >= 400,
    typeof late === 'string' ? 'it has no open step' : said(late),
  );
};
