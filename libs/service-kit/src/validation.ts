import { ValidationError, ValidationPipe } from '@nestjs/common';
import { invalidInput, ProblemItem, Text } from '#libs/contracts';

const messages: Record<string, (field: string, constraint: string) => Text> = {
  whitelistValidation: (field) => ({ zh: `没有名为“${field}”的字段`, en: `There is no field "${field}"` }),
  isNotEmpty: (field) => ({ zh: `“${field}”必填`, en: `"${field}" is required` }),
  isString: (field) => ({ zh: `“${field}”必须是文本`, en: `"${field}" must be text` }),
  isInt: (field) => ({ zh: `“${field}”必须是整数`, en: `"${field}" must be a whole number` }),
  isBoolean: (field) => ({ zh: `“${field}”必须是 true 或 false`, en: `"${field}" must be true or false` }),
  isArray: (field) => ({ zh: `“${field}”必须是列表`, en: `"${field}" must be a list` }),
  isUuid: (field) => ({ zh: `“${field}”必须是记录编号`, en: `"${field}" must be a record id` }),
};

const flatten = (errors: ValidationError[], path = ''): ProblemItem[] =>
  errors.flatMap((error) => {
    const field = path + error.property;
    const own = Object.entries(error.constraints ?? {}).map(([code, text]): ProblemItem => ({
      field,
      code,
      message: messages[code]?.(field, text) ?? { zh: `“${field}”不符合要求：${text}`, en: text },
    }));
    return [...own, ...flatten(error.children ?? [], `${field}.`)];
  });

/** Unknown fields and wrong types are refused, every wrong field named at once. */
export const inputValidation = (): ValidationPipe =>
  new ValidationPipe({
    whitelist: true,
    forbidNonWhitelisted: true,
    forbidUnknownValues: true,
    transform: true,
    exceptionFactory: (errors) => invalidInput(flatten(errors)),
  });
