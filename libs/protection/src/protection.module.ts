import { Global, Module } from '@nestjs/common';
import { Keyring } from './keyring';

@Global()
@Module({ providers: [Keyring], exports: [Keyring] })
export class ProtectionModule {}
