import { Body, Controller, Get, HttpCode, Post, Type } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiProperty, ApiPropertyOptional, ApiTags } from '@nestjs/swagger';
import { IsString, MaxLength } from 'class-validator';
import { Allow, notFound } from '#libs/service-kit';
import { DeadlineRow } from './deadline';
import { DeadlinesStatus } from './deadlines-status';
import { Feeder } from './feeder';

class DeadlineView {
  @ApiProperty({ example: 'transfer.step-due/0192f3…/outSchool' }) id: string;
  @ApiProperty() kind: string;
  @ApiProperty({ enum: ['armed', 'failed'] }) state: string;
  @ApiPropertyOptional({ format: 'date' }) dueOn?: string;
  @ApiProperty({ format: 'date-time' }) alarmAt: string;
  @ApiProperty() version: number;
  @ApiProperty() tries: number;
  @ApiPropertyOptional({ description: 'Class and place of the last refusal; nothing that a person wrote' })
  lastError?: string;
}

class FiredCounts {
  @ApiProperty() alarm: number;
  @ApiProperty() sweeper: number;
}

class StatusView {
  @ApiProperty({ description: 'Armed and past due by business time; 0 when quiet' }) due: number;
  @ApiProperty() failed: number;
  @ApiProperty() fired: FiredCounts;
}

class Redrive {
  @ApiProperty() @IsString() @MaxLength(400) id: string;
}

class Rebuilt {
  @ApiProperty({ description: 'Alarms set anew' }) alarms: number;
}

const listed = 200;

const viewOf = ({ _id, kind, state, dueOn, alarmAt, version, tries, lastError }: DeadlineRow): DeadlineView => ({
  id: _id,
  kind,
  state,
  ...(dueOn && { dueOn }),
  alarmAt: alarmAt.toISOString(),
  version,
  tries,
  ...(lastError && { lastError }),
});

/** What an operator sees and does. No data of a deadline is shown: it may say something about a person. */
export const deadlinesController = (owner: string): Type<unknown> => {
  @ApiTags('operator')
  @ApiBearerAuth()
  @Allow('operator')
  @Controller(`api/${owner}/v1/operator/deadlines`)
  class DeadlinesController {
    constructor(
      private readonly deadlines: DeadlinesStatus,
      private readonly feeder: Feeder,
    ) {}

    @Get('status')
    @ApiOkResponse({ type: StatusView })
    async status(): Promise<StatusView> {
      const [due, failed, fired] = await Promise.all([
        this.deadlines.due(),
        this.deadlines.failed(),
        this.deadlines.fired(),
      ]);
      return { due, failed, fired };
    }

    @Get('due')
    @ApiOkResponse({ type: [DeadlineView], description: `The oldest ${listed}` })
    async due(): Promise<DeadlineView[]> {
      return (await this.deadlines.listDue(listed)).map(viewOf);
    }

    @Get('failed')
    @ApiOkResponse({ type: [DeadlineView], description: `The oldest ${listed}` })
    async failed(): Promise<DeadlineView[]> {
      return (await this.deadlines.listFailed(listed)).map(viewOf);
    }

    /** Arms a failed deadline again. */
    @Post('failed/redrive')
    @HttpCode(204)
    async redrive(@Body() { id }: Redrive): Promise<void> {
      if (!(await this.deadlines.redrive(id))) throw notFound();
    }

    /** Drops every alarm and sets it anew from MongoDB. */
    @Post('rebuild')
    @HttpCode(200)
    @ApiOkResponse({ type: Rebuilt })
    async rebuild(): Promise<Rebuilt> {
      return { alarms: await this.feeder.rebuild() };
    }
  }
  return DeadlinesController;
};
