import { Controller, Get, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiProperty, ApiTags } from '@nestjs/swagger';
import { IsString, MaxLength } from 'class-validator';
import { Actor, Allow, By } from '#libs/access';
import { CopiesRepository } from '../copies/copies.repository';

class CustodyQuery {
  @ApiProperty({ description: 'School whose copies are asked for, by its code; also of a school that has closed' })
  @IsString()
  @MaxLength(80)
  school: string;
}

/** Who keeps the copies of a school, since when, and how many (SCH3-AR3, NAT-MG1, NAT-MG2). */
@ApiTags('custody')
@ApiBearerAuth()
@Controller('api/archive/v1/custody')
export class CustodyController {
  constructor(private readonly copies: CopiesRepository) {}

  @Get()
  @Allow('clerk', 'deputyHead', 'officer', 'archiveKeeper')
  @ApiOperation({ summary: '保管单位、日期与份数 · keepers of a school’s copies, with day and count' })
  @ApiOkResponse({ schema: { type: 'object', additionalProperties: true } })
  async show(@By() actor: Actor, @Query() { school }: CustodyQuery) {
    const custody = await this.copies.copies
      .aggregate<{ _id: { keeper: string; kind: string; since: string; closing?: string; copy: string }; n: number }>([
        { $match: { $and: [actor.scope('custody.path')], school, state: 'sealed' } },
        {
          $group: {
            _id: {
              keeper: '$custody.keeper',
              kind: '$custody.kind',
              since: '$custody.since',
              closing: '$custody.closing',
              copy: '$kind',
            },
            n: { $sum: 1 },
          },
        },
        { $sort: { '_id.since': 1, '_id.copy': 1 } },
      ])
      .toArray();
    return { school, custody: custody.map(({ _id, n }) => ({ ..._id, copies: n })) };
  }
}
