import { Controller, Get } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiProperty, ApiTags } from '@nestjs/swagger';
import { Allow } from '#libs/access';
import { AttendanceInvariants, Invariants } from './invariants';

class InvariantsDoc implements AttendanceInvariants {
  @ApiProperty() rollCalls: number;
  @ApiProperty() strangers: number;
  @ApiProperty() watches: number;
  @ApiProperty() doubled: number;
  @ApiProperty() unfounded: number;
  @ApiProperty() letters: number;
  @ApiProperty() registersOff: number;
  @ApiProperty() events: number;
  @ApiProperty() gaps: number;
}

/** What an operator or an auditor asks: whether the promises hold. No personal data. */
@ApiTags('operator')
@ApiBearerAuth()
@Controller('api/attendance/v1/operator')
export class AttendanceOperatorController {
  constructor(private readonly invariants: Invariants) {}

  @Get('invariants')
  @Allow('operator', 'auditor')
  @ApiOperation({ summary: 'What must hold, counted: roll calls, watches, letters, journal' })
  @ApiOkResponse({ type: InvariantsDoc })
  count(): Promise<AttendanceInvariants> {
    return this.invariants.count();
  }
}
