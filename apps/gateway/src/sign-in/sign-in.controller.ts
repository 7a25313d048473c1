import { Body, Controller, Get, Header, HttpCode, Ip, Post } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProperty, ApiTags } from '@nestjs/swagger';
import { IsString, Length } from 'class-validator';
import { JSONWebKeySet } from 'jose';
import { ApiProblems, Open } from '#libs/service-kit';
import { SignIn } from './sign-in';
import { TokenIssuer, tokenLife } from './token-issuer';

class Credentials {
  @ApiProperty({ description: 'Account id', maxLength: 80 })
  @IsString()
  @Length(1, 80)
  account: string;

  @ApiProperty({ maxLength: 200 })
  @IsString()
  @Length(1, 200)
  secret: string;
}

class IssuedTokenDoc {
  @ApiProperty({ description: 'JWT (EdDSA), to be sent as `Authorization: Bearer <token>`' }) token: string;
  @ApiProperty({ enum: ['Bearer'] }) tokenType: 'Bearer';
  @ApiProperty({ description: 'Seconds' }) expiresIn: number;
  @ApiProperty({ format: 'date-time' }) expiresAt: string;
}

/** Who somebody is. Until a provider of identities takes its place, accounts come from a file. */
@Open()
@ApiTags('sign-in')
@Controller()
export class SignInController {
  constructor(
    private readonly signIn: SignIn,
    private readonly issuer: TokenIssuer,
  ) {}

  @Post('api/gateway/v1/tokens')
  @HttpCode(200)
  @Header('Cache-Control', 'no-store')
  @ApiOperation({ summary: 'Account and secret for a token that is good for ten minutes' })
  @ApiOkResponse({ type: IssuedTokenDoc })
  @ApiProblems([401, 'wrong-credentials: one answer for unknown account and wrong secret'], [429, 'too-many-attempts'])
  async issue(@Body() credentials: Credentials, @Ip() address: string): Promise<IssuedTokenDoc> {
    const { token, expiresAt } = await this.signIn.run(credentials, address);
    return { token, tokenType: 'Bearer', expiresIn: tokenLife, expiresAt: expiresAt.toISOString() };
  }

  @Get('.well-known/jwks.json')
  @Header('Cache-Control', 'public, max-age=300')
  @ApiOperation({ summary: 'Key set by which every service verifies these tokens' })
  @ApiOkResponse({ schema: { type: 'object', properties: { keys: { type: 'array', items: { type: 'object' } } } } })
  keySet(): JSONWebKeySet {
    return this.issuer.keySet as JSONWebKeySet;
  }
}
