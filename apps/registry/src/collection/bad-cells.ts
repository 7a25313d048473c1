import { deserialize, serialize } from 'node:v8';
import { Keyring, Sealed } from '#libs/protection';
import { Cells } from './workbook';

const placeOf = (id: string) => ({ collection: 'collection_bad_rows', id, field: 'cells' });

/** Cells of a bad row as they are kept: sealed, dates still dates. */
export const packCells = (keyring: Keyring, county: string, id: string, cells: Cells): Sealed =>
  keyring.sealBytes(serialize(cells), county, placeOf(id));

export const unpackCells = async (keyring: Keyring, id: string, sealed: Sealed): Promise<Cells> =>
  deserialize(await keyring.unsealBytes(sealed, placeOf(id))) as Cells;
