import { Body, Controller, HttpCode, Put } from '@nestjs/common';
import { ApiBearerAuth, ApiNoContentResponse, ApiOperation, ApiProperty, ApiTags } from '@nestjs/swagger';
import { IsEmail, MaxLength, ValidateIf } from 'class-validator';
import { Actor, Allow, By } from '#libs/access';
import { ApiProblems } from '#libs/service-kit';
import { SetContact } from './set-contact';

class ContactInput {
  @ApiProperty({ type: String, format: 'email', nullable: true, maxLength: 254, description: 'null: no mail any more' })
  @ValidateIf(({ email }: ContactInput) => email !== null)
  @IsEmail()
  @MaxLength(254)
  email: string | null;
}

@ApiTags('contacts')
@ApiBearerAuth()
@Allow('clerk', 'officer', 'classTeacher')
@Controller('api/notify/v1/contacts')
export class ContactsController {
  constructor(private readonly setContact: SetContact) {}

  @Put()
  @HttpCode(204)
  @ApiOperation({ summary: "The caller's own e-mail address; kept sealed, shown to nobody" })
  @ApiNoContentResponse()
  @ApiProblems()
  put(@By() actor: Actor, @Body() { email }: ContactInput): Promise<void> {
    return this.setContact.run(actor, email);
  }
}
