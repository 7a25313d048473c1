import { World } from './world';

export interface Line {
  student: string;
  name: string;
  registration: string;
  class: string;
  numberKind?: string;
  marks: string[];
}

/** Every page of a list. */
export const pagesOf = async (world: World, account: string, list: string): Promise<Line[][]> => {
  const pages: Line[][] = [];
  for (let after = ''; ;) {
    const page: { items: Line[]; next?: string } = await world.as(account).must(`${list}${after && `&after=${after}`}`);
    pages.push(page.items);
    if (!page.next) return pages;
    after = page.next;
  }
};

export const studentsOf = async (world: World, account: string, school: string): Promise<Line[]> =>
  (await pagesOf(world, account, `/api/registry/v1/students?school=${school}&limit=200`)).flat();
