import { Global, Module } from '@nestjs/common';
import { Files } from './files';
import { Keyring } from './keyring';

@Global()
@Module({ providers: [Keyring, Files], exports: [Keyring, Files] })
export class ProtectionModule {}
