import { ArgumentsHost, Catch, ExceptionFilter, HttpException, Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { Logger } from 'pino';
import { Refusal, Refused, notFound, problemOf } from '#libs/contracts';

interface FastifyFault {
  code?: string;
  statusCode?: number;
}

const plain = (slug: string, status: number, zh: string, en: string, doZh: string, doEn: string): Refusal => ({
  slug,
  status,
  title: { zh, en },
  detail: { zh, en },
  remedy: { zh: doZh, en: doEn },
});

const byStatus = (status: number, message: string): Refusal => {
  switch (status) {
    case 404:
      return notFound().refusal;
    case 413:
      return plain(
        'too-large',
        413,
        '提交内容过大',
        'The body is too large',
        '请拆分或压缩后重新提交。',
        'Split it and send again.',
      );
    case 415:
      return plain(
        'wrong-media-type',
        415,
        '不支持的内容类型',
        'Unsupported media type',
        '请按接口说明的类型提交。',
        'Send the media type that the API names.',
      );
    case 401:
      return plain('not-signed-in', 401, '未登录或登录已失效', 'Not signed in', '请重新登录。', 'Sign in again.');
    default:
      return plain(
        'bad-request',
        status,
        '请求格式有误',
        `Malformed request: ${message}`,
        '请按接口说明修改。',
        'Correct it as the API describes.',
      );
  }
};

/** Turns whatever was thrown into a problem document. Only a fault of ours becomes 500, and then says nothing of the inside. */
@Catch()
@Injectable()
export class ProblemFilter implements ExceptionFilter {
  constructor(
    private readonly adapter: HttpAdapterHost,
    private readonly log: Logger,
  ) {}

  catch(thrown: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<{ id?: string; method?: string; url?: string; routeOptions?: { url?: string } }>();
    const refusal = this.refusalOf(thrown, request);
    const { httpAdapter } = this.adapter;
    const response = http.getResponse<object>();
    httpAdapter.setHeader(response, 'Content-Type', 'application/problem+json; charset=utf-8');
    const wait = refusal.facts?.retryAfterSeconds;
    if (typeof wait === 'number') httpAdapter.setHeader(response, 'Retry-After', String(wait));
    httpAdapter.reply(response, problemOf(refusal, request.id), refusal.status);
  }

  private refusalOf(thrown: unknown, request: { id?: string; routeOptions?: { url?: string } }): Refusal {
    if (thrown instanceof Refused) return thrown.refusal;
    if (thrown instanceof HttpException) return byStatus(thrown.getStatus(), thrown.message);
    const status = (thrown as FastifyFault | undefined)?.statusCode;
    if (status && status >= 400 && status < 500) return byStatus(status, (thrown as Error).message);
    this.log.error({ err: thrown, request: request.id, route: request.routeOptions?.url }, 'unexpected fault');
    return plain(
      'internal',
      500,
      '系统内部错误',
      'Internal error',
      '操作未生效或结果未知。请用同一个幂等键重试；仍失败请把编号告诉运维。',
      'Repeat with the same idempotency key; if it fails again, tell the operator the instance id.',
    );
  }
}
