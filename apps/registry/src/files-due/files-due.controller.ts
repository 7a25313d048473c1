import { Controller, Get, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiPropertyOptional, ApiTags } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsInt, IsOptional, Matches, Max, Min } from 'class-validator';
import { Actor, Allow, By } from '#libs/access';
import { ApiProblems } from '#libs/service-kit';
import { LateFiles, WatchFiles } from './watch-files';

class LateFilesQuery {
  @ApiPropertyOptional({ description: '`next` of the page before' })
  @IsOptional()
  @Matches(/^\d{10}\/(primary|junior|senior)\/\d{4}$/)
  after?: string;

  @ApiPropertyOptional({ type: Number, minimum: 1, maximum: 200, default: 100 })
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(200)
  limit = 100;
}

@ApiTags('enrolment')
@ApiBearerAuth()
@ApiProblems()
@Controller('api/registry/v1')
export class FilesDueController {
  constructor(private readonly watch: WatchFiles) {}

  @Get('late-files')
  @Allow('clerk', 'officer')
  @ApiOperation({
    summary: '逾期未建档清单 · cohorts with files not made in time, or made late (GZ-EN3, NAT-EN3, CZ-EN2)',
  })
  list(@By() actor: Actor, @Query() query: LateFilesQuery): Promise<{ items: LateFiles[]; next?: string }> {
    return this.watch.list(actor, query);
  }
}
