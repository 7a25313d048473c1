import { Module } from '@nestjs/common';
import { Logger } from 'pino';
import { AccessModule, Tokens } from '#libs/access';
import { MessagingModule } from '#libs/messaging';
import { LOG, ServiceModule } from '#libs/service-kit';
import { GatewaySettings } from './gateway.settings';
import { AdmitOperator } from './operator/admit-operator';
import { CheckServices } from './operator/check-services';
import { OperatorController } from './operator/operator.controller';
import { Accounts } from './sign-in/accounts';
import { SignIn } from './sign-in/sign-in';
import { SignInController } from './sign-in/sign-in.controller';
import { TokenIssuer } from './sign-in/token-issuer';

@Module({
  imports: [
    ServiceModule.forRoot('gateway'),
    AccessModule.forRoot({ copy: true }),
    MessagingModule.forRoot({ owner: 'gateway', consumes: ['registry'], unknownTypes: 'skip', identity: Tokens }),
  ],
  controllers: [SignInController, OperatorController],
  providers: [
    { provide: GatewaySettings, useFactory: () => GatewaySettings.fromEnvironment() },
    {
      provide: Accounts,
      useFactory: (settings: GatewaySettings, log: Logger) =>
        new Accounts(settings.accountsFile, (fault) => log.error({ err: fault }, 'accounts stay as they were')),
      inject: [GatewaySettings, LOG],
    },
    TokenIssuer,
    SignIn,
    CheckServices,
    AdmitOperator,
  ],
})
export class AppModule {}
