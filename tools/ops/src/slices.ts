import { Ask } from './operator';

/** Slice after slice of an answer that tells where the next one begins. @throws Error when there is no such answer */
export async function* slices<T extends { next?: string }>(ask: Ask, path: string): AsyncGenerator<T> {
  for (let query: string | undefined = ''; query !== undefined;) {
    const slice: T | undefined = await ask<T>(path + query);
    if (!slice) throw new Error(`${path} does not exist`);
    yield slice;
    query = slice.next && `?after=${encodeURIComponent(slice.next)}`;
  }
}

/** @throws Error when there is no such answer */
export const must = async <T>(ask: Ask, path: string): Promise<T> => {
  const answer = await ask<T>(path);
  if (answer === undefined) throw new Error(`${path} does not exist`);
  return answer;
};
