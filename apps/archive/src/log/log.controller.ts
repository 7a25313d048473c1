import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiPropertyOptional, ApiTags } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsInt, Min } from 'class-validator';
import { Open } from '#libs/access';
import { ApiProblems, notFound } from '#libs/service-kit';
import { bareHead, LogRepository, logName } from './log.repository';
import { SigningKey } from './signing-key';

class ConsistencyQuery {
  @ApiPropertyOptional() @Type(() => Number) @IsInt() @Min(0) from: number;
  @ApiPropertyOptional() @Type(() => Number) @IsInt() @Min(0) to: number;
}

const answer = { schema: { type: 'object', additionalProperties: true } };

/**
 * What a stranger needs and may have: heads, public keys, proofs that the log only grew. Names nobody. The file of a day is
 * for being kept elsewhere: a newspaper, a notary, another archive.
 */
@ApiTags('log')
@Open()
@ApiProblems([404, 'not-found'])
@Controller('api/archive/v1/log')
export class LogController {
  constructor(
    private readonly log: LogRepository,
    private readonly key: SigningKey,
  ) {}

  @Get('heads/newest')
  @ApiOperation({ summary: '最新日志首部 · the newest signed head, with the public keys' })
  @ApiOkResponse(answer)
  async newest() {
    const head = await this.log.newestHead();
    if (!head) throw notFound();
    return { log: logName, heads: [bareHead(head)], keys: this.key.published };
  }

  @Get('heads/:day')
  @ApiOperation({ summary: '某日的日志首部 · every head signed on a day, with the public keys: the daily file' })
  @ApiOkResponse(answer)
  async ofDay(@Param('day') day: string) {
    if (!/^\d{4}-\d{2}-\d{2}$/.test(day)) throw notFound();
    return { log: logName, day, heads: (await this.log.headsOf(day)).map(bareHead), keys: this.key.published };
  }

  @Get('consistency')
  @ApiOperation({ summary: '一致性证明 · proof that the log of one size is the beginning of that of another' })
  @ApiOkResponse(answer)
  async consistency(@Query() { from, to }: ConsistencyQuery) {
    const [first, second] = await Promise.all([this.log.head(from), this.log.head(to)]);
    if (!first || !second || from > to) throw notFound();
    const path = await this.log.consistency(from, to);
    return { from: bareHead(first), to: bareHead(second), path: path.map((one) => one.toString('hex')) };
  }
}
