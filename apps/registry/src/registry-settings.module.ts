import { Global, Module } from '@nestjs/common';
import { RegistrySettings } from './registry.settings';

/** One look at the environment for all parts of the registry. */
@Global()
@Module({
  providers: [{ provide: RegistrySettings, useFactory: () => RegistrySettings.fromEnvironment() }],
  exports: [RegistrySettings],
})
export class RegistrySettingsModule {}
