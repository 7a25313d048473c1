import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiProperty, ApiPropertyOptional, ApiTags } from '@nestjs/swagger';
import { ArrayMaxSize, IsIn, IsOptional, IsString, Matches, MaxLength } from 'class-validator';
import { Actor, Allow, By } from '#libs/access';
import { ApiChange, ApiProblems, IdempotencyKey, IfMatch, notFound } from '#libs/service-kit';
import { HandOverFile } from './hand-over-file';
import { Handover, HandoverState, waitsFor } from './handover';
import { HandoversRepository } from './handovers.repository';

const states = ['new', 'open', 'delivered', 'received'] as const;

class HandoverQuery {
  @ApiPropertyOptional({ enum: states }) @IsOptional() @IsIn(states) state?: HandoverState;
  @ApiPropertyOptional({ description: 'School on either side' }) @IsOptional() @Matches(/^\d{10}$/) school?: string;
  @ApiPropertyOptional() @IsOptional() @IsString() @MaxLength(80) after?: string;
}

class DeliveryBody {
  @ApiProperty({ type: [String], description: 'Every item of the list, as sent' })
  @IsString({ each: true })
  @MaxLength(80, { each: true })
  @ArrayMaxSize(200)
  items: string[];
}

class ReceiptBody {
  @ApiProperty({ type: [String], description: 'Items that have arrived' })
  @IsString({ each: true })
  @MaxLength(80, { each: true })
  @ArrayMaxSize(200)
  received: string[];

  @ApiProperty({ type: [String], description: 'Items that have not' })
  @IsString({ each: true })
  @MaxLength(80, { each: true })
  @ArrayMaxSize(200)
  missing: string[];
}

const answer = { schema: { type: 'object', additionalProperties: true } };

@ApiTags('file handover')
@ApiBearerAuth()
@ApiProblems(
  [403, 'not-your-turn'],
  [404, 'not-found'],
  [409, 'wrong-state'],
  [412, 'stale-version'],
  [422, 'list-not-whole'],
)
@Controller('api/archive/v1/handovers')
export class HandoversController {
  constructor(
    private readonly handovers: HandoversRepository,
    private readonly act: HandOverFile,
  ) {}

  @Get()
  @Allow('clerk', 'officer', 'archiveKeeper')
  @ApiOperation({ summary: '档案转接进度 · files on their way, in scope' })
  @ApiOkResponse(answer)
  async list(@By() actor: Actor, @Query() { state, school, after }: HandoverQuery) {
    const found = await this.handovers.list(actor, { state, school, after, limit: 100 });
    return { handovers: found.map(viewOf), ...(found.length === 100 && { after: found.at(-1)?._id }) };
  }

  @Get(':id')
  @Allow('clerk', 'officer', 'archiveKeeper')
  @ApiOperation({ summary: '一份档案的移交清单与经过 · list, receipt and timeline of one file' })
  @ApiOkResponse(answer)
  async show(@By() actor: Actor, @Param('id') id: string) {
    const found = await this.handovers.inScope(actor, id);
    if (!found) throw notFound();
    return { ...viewOf(found), timeline: found.log };
  }

  @Post(':id/delivery')
  @HttpCode(200)
  @Allow('clerk', 'archiveKeeper')
  @ApiChange()
  @ApiOperation({ summary: '转出学校移交档案 · the old school sends the file, by its list' })
  @ApiOkResponse(answer)
  deliver(
    @By() actor: Actor,
    @IdempotencyKey() key: string,
    @IfMatch() version: number,
    @Param('id') id: string,
    @Body() { items }: DeliveryBody,
  ) {
    return this.act.deliver(actor, key, { id, version, items });
  }

  @Post(':id/receipt')
  @HttpCode(200)
  @Allow('clerk', 'archiveKeeper')
  @ApiChange()
  @ApiOperation({ summary: '转入学校逐项确认 · the new school confirms item by item; what is missing sends it back' })
  @ApiOkResponse(answer)
  receive(
    @By() actor: Actor,
    @IdempotencyKey() key: string,
    @IfMatch() version: number,
    @Param('id') id: string,
    @Body() { received, missing }: ReceiptBody,
  ) {
    return this.act.receive(actor, key, { id, version, received, missing });
  }
}

const viewOf = (handover: Handover) => {
  const {
    _id,
    version,
    state,
    case: caseId,
    student,
    copy,
    reason,
    from,
    to,
    movedOn,
    due,
    items,
    citations,
  } = handover;
  return {
    id: _id,
    version,
    state,
    case: caseId,
    student,
    copy,
    reason,
    from: from.school,
    to: to.school,
    movedOn,
    waitsFor: waitsFor(handover),
    dueOn: due?.dueOn ?? null,
    ...(due && {
      ...(due.dueOn !== undefined
        ? { provisional: due.provisional, dueBy: due.citation }
        : { notConfigured: { parameter: due.parameter, citation: due.citation } }),
    }),
    citations,
    items,
    ...(handover.overdueOn && { overdueOn: handover.overdueOn }),
    ...(handover.receivedOn && { receivedOn: handover.receivedOn, late: handover.late }),
  };
};
