import { Body, Controller, Get, HttpCode, Param, ParseUUIDPipe, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiProperty, ApiTags } from '@nestjs/swagger';
import { IsIn, IsString, Matches, MaxLength } from 'class-validator';
import { Actor, Allow, By } from '#libs/access';
import { ApiProblems } from '#libs/service-kit';
import { ApproveTemporary } from './approve-temporary';
import { Conversions } from './conversions';

class HouseholdBody {
  @ApiProperty({ description: '居民身份号码 · resident ID number' })
  @IsString()
  @MaxLength(40)
  idNumber: string;

  @ApiProperty({ enum: ['family', 'collective'] })
  @IsIn(['family', 'collective'])
  kind: 'family' | 'collective';

  @ApiProperty({ description: '户口所在县级区划代码 · county-level code of the registration' })
  @Matches(/^\d{6}$/)
  place: string;
}

@ApiTags('numbers')
@ApiBearerAuth()
@ApiProblems()
@Controller('api/registry/v1')
export class NumbersController {
  constructor(
    private readonly conversions: Conversions,
    private readonly approveTemporary: ApproveTemporary,
  ) {}

  @Post('students/:id/household')
  @HttpCode(200)
  @Allow('clerk')
  @ApiOperation({
    summary: '录入已取得的户籍，申请正式学籍号 · enter the registration obtained; asks for an official number',
  })
  async enter(@By() actor: Actor, @Param('id', ParseUUIDPipe) id: string, @Body() body: HouseholdBody) {
    const { state, version } = await this.conversions.enter(actor, id, body);
    return { student: id, state, version };
  }

  @Post('students/:id/temporary-number/approve')
  @HttpCode(200)
  @Allow('officer')
  @ApiOperation({ summary: '审批临时学籍号 · the office that the pack names approves a temporary number (GZ-NO4)' })
  async approveNumber(@By() actor: Actor, @Param('id', ParseUUIDPipe) id: string) {
    await this.approveTemporary.run(actor, id);
    return { student: id };
  }

  @Get('conversions')
  @Allow('clerk', 'officer')
  @ApiOperation({ summary: '临时号转正申请 · conversions under way in scope' })
  async list(@By() actor: Actor) {
    const open = await this.conversions.list(actor);
    return { items: open.map(({ _id, state, enteredOn }) => ({ student: _id, state, enteredOn })) };
  }

  @Post('conversions/:id/approve')
  @HttpCode(200)
  @Allow('officer')
  @ApiOperation({ summary: '审批转正 · the office that the pack names approves (GZ-RO4)' })
  async approve(@By() actor: Actor, @Param('id', ParseUUIDPipe) id: string) {
    await this.conversions.approve(actor, id);
    return { student: id, state: 'approved' };
  }
}
