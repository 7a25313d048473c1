/** Protected fields: sealed values, data keys, the blind index. Knows no record and no right. */
export { Files, type StoredFile } from './files';
export { notAPaper, paperTypeOf } from './paper-type';
export { Keyring } from './keyring';
export { ProtectionModule } from './protection.module';
export { blindIndex, seal, unseal, type Place, type Sealed } from './suite';
