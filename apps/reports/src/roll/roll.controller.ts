import { Controller, Get, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Actor, Allow, By } from '#libs/access';
import { ApiProblems } from '#libs/service-kit';
import { CountRoll } from './count-roll';
import {
  ChildrenDoc,
  ChildrenQuery,
  DifferencesDoc,
  DifferencesQuery,
  DropoutsDoc,
  HeadCountDoc,
  HeadCountQuery,
  MovementsDoc,
  MovementsQuery,
} from './roll.dto';

const longest = 1000;

@ApiTags('roll')
@ApiBearerAuth()
@ApiProblems()
@Controller('api/reports/v1/roll')
export class RollController {
  constructor(private readonly countRoll: CountRoll) {}

  @Get()
  @Allow('clerk', 'deputyHead', 'officer', 'auditor')
  @ApiOperation({
    summary: '在籍学生数，可问任一日、按任一日所知 · head counts on a day, as known on a day (GZ-RP1, GZ-GU1)',
  })
  @ApiOkResponse({ type: HeadCountDoc })
  count(@By() actor: Actor, @Query() { by, ...asked }: HeadCountQuery) {
    return this.countRoll.run(actor, asked, by);
  }

  @Get('children')
  @Allow('clerk', 'deputyHead', 'officer')
  @ApiOperation({ summary: '数字背后的学生 · the children behind a figure' })
  @ApiOkResponse({ type: ChildrenDoc })
  children(@By() actor: Actor, @Query() query: ChildrenQuery) {
    return this.countRoll.children(actor, query);
  }

  @Get('differences')
  @Allow('clerk', 'deputyHead', 'officer')
  @ApiOperation({ summary: '前后所知之差 · what was recorded late: the same day by two knowledges' })
  @ApiOkResponse({ type: DifferencesDoc })
  differences(@By() actor: Actor, @Query() query: DifferencesQuery) {
    return this.countRoll.differences(actor, { ...query, limit: longest });
  }

  @Get('dropouts')
  @Allow('clerk', 'deputyHead', 'officer', 'auditor')
  @ApiOperation({
    summary: '辍学人数，以期初在籍为分母 · dropouts of a period, against those on roll on its first day (D5-27)',
  })
  @ApiOkResponse({ type: DropoutsDoc })
  dropouts(@By() actor: Actor, @Query() query: MovementsQuery) {
    return this.countRoll.dropouts(actor, query);
  }

  @Get('movements')
  @Allow('clerk', 'deputyHead', 'officer', 'auditor')
  @ApiOperation({ summary: '转入转出人数 · who came and who left within a period' })
  @ApiOkResponse({ type: MovementsDoc })
  movements(@By() actor: Actor, @Query() query: MovementsQuery) {
    return this.countRoll.movements(actor, query);
  }
}
