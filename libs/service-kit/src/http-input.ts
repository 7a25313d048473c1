import { applyDecorators, createParamDecorator, ExecutionContext } from '@nestjs/common';
import { ApiHeader } from '@nestjs/swagger';
import { registerDecorator } from 'class-validator';
import { isLocalDate } from '#libs/policy';
import { invalidInput, Refused } from '#libs/contracts';

const headerOf = (context: ExecutionContext, name: string): string | undefined => {
  const value = context.switchToHttp().getRequest<{ headers: Record<string, unknown> }>().headers[name];
  return typeof value === 'string' ? value : undefined;
};

const wrongHeader = (field: string, zh: string, en: string): Refused =>
  invalidInput([
    {
      field,
      code: 'header',
      message: { zh: `缺少请求头 ${field}，或格式不对。`, en: `The header ${field} is missing or malformed.` },
      remedy: { zh, en },
    },
  ]);

/** Value of the header that makes a repeated command take effect once. @throws Refused `invalid-input` */
export const IdempotencyKey = createParamDecorator((_: unknown, context: ExecutionContext): string => {
  const key = headerOf(context, 'idempotency-key');
  if (key && /^[\x21-\x7e]{8,120}$/.test(key)) return key;
  throw wrongHeader(
    'Idempotency-Key',
    '每个新请求用一个新的8至120位标识。',
    'Send a fresh key of 8 to 120 characters with every new request.',
  );
});

/** Version that the caller saw, from `If-Match: "3"`. @throws Refused `invalid-input` */
export const IfMatch = createParamDecorator((_: unknown, context: ExecutionContext): number => {
  const found = /^(?:W\/)?"?([1-9]\d{0,7})"?$/.exec(headerOf(context, 'if-match') ?? '');
  if (found) return Number(found[1]);
  throw wrongHeader('If-Match', '请填入读取时看到的版本，如 "3"。', 'Send the version that you read, e.g. "3".');
});

export const ApiCommand = () =>
  ApiHeader({
    name: 'Idempotency-Key',
    required: true,
    description: 'Fresh for every new command; the same on a repeat',
  });

export const ApiChange = () =>
  applyDecorators(ApiCommand(), ApiHeader({ name: 'If-Match', required: true, description: 'Version read, e.g. "3"' }));

/** A legal date that the calendar has: `2026-02-30` is refused here, before any rule counts with it. */
export const IsLegalDate = (): PropertyDecorator => (target, property) =>
  registerDecorator({
    name: 'isLegalDate',
    target: target.constructor,
    propertyName: property as string,
    options: { message: '$property must be a date of the calendar, YYYY-MM-DD' },
    validator: { validate: isLocalDate },
  });
