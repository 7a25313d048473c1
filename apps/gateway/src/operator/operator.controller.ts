import { Controller, Delete, Get, HttpCode, Post, Req, Res } from '@nestjs/common';
import { ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiProperty, ApiTags } from '@nestjs/swagger';
import { FastifyReply, FastifyRequest } from 'fastify';
import { Allow, ApiProblems, Open } from '#libs/service-kit';
import { CheckServices } from './check-services';
import { clearedSession, sessionCookie } from './session-cookie';

class ServiceStateDoc {
  @ApiProperty() name: string;
  @ApiProperty({ enum: ['ready', 'not-ready', 'away'] }) state: 'ready' | 'not-ready' | 'away';
  @ApiProperty({ type: 'object', additionalProperties: { type: 'boolean' }, description: 'Named probes' })
  parts: Record<string, boolean>;
  @ApiProperty({ description: 'Time of its answer' }) milliseconds: number;
  @ApiProperty({
    type: 'object',
    properties: { openapi: { type: 'string' }, operator: { type: 'string', description: 'Outbox, lag, parked keys' } },
  })
  links: { openapi: string; operator: string };
}

class StatusDoc {
  @ApiProperty({ description: 'Whether every service is ready' }) ready: boolean;
  @ApiProperty({ type: [ServiceStateDoc] }) services: ServiceStateDoc[];
  @ApiProperty({ type: 'object', properties: { queues: { type: 'string' } } }) links: { queues: string };
}

/** What an operator sees of the whole; no personal data passes here. */
@ApiTags('operator')
@Controller('api/gateway/v1')
export class OperatorController {
  constructor(private readonly services: CheckServices) {}

  @Get('status')
  @Allow('operator')
  @ApiOperation({ summary: 'Readiness of every service, and where to look further' })
  @ApiOkResponse({ type: StatusDoc })
  @ApiProblems()
  async status(): Promise<StatusDoc> {
    const services = await this.services.run();
    return { ready: services.every(({ state }) => state === 'ready'), services, links: { queues: '/operator/queues' } };
  }

  @Post('operator/session')
  @Allow('operator')
  @HttpCode(204)
  @ApiOperation({ summary: "Keep the caller's token in a cookie that opens the queue dashboard in a browser" })
  @ApiNoContentResponse({ description: 'Cookie set; it ends with the token' })
  @ApiProblems()
  open(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): void {
    const token = (request.headers.authorization ?? '').slice('Bearer '.length);
    void reply.header('set-cookie', sessionCookie(token, request.protocol === 'https'));
  }

  @Delete('operator/session')
  @Open()
  @HttpCode(204)
  @ApiOperation({ summary: 'Forget the cookie' })
  @ApiNoContentResponse()
  close(@Res({ passthrough: true }) reply: FastifyReply): void {
    void reply.header('set-cookie', clearedSession);
  }
}
