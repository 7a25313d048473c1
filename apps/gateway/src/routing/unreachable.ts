import { refuse, Refused } from '#libs/service-kit';

/** Seconds after which a caller may try again. */
const soon = 2;
const later = 5;

interface Fault {
  code?: string;
  cause?: unknown;
}

const codesOf = (fault: unknown): string[] => {
  const codes: string[] = [];
  for (let at = fault as Fault | undefined; at && typeof at === 'object'; at = at.cause as Fault | undefined)
    if (at.code) codes.push(at.code);
  return codes;
};

/** The connection was never made, so nothing of the request has happened. */
const neverArrived = [
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
];

/** What a caller is told when a service does not answer: whether the request can have taken effect, and what to do. */
export const unreachable = (service: string, fault: unknown): { refused: Refused; retryAfter: number } => {
  const codes = codesOf(fault);
  const facts = { service };
  if (codes.includes('UND_ERR_HEADERS_TIMEOUT')) {
    const refused = refuse('service-slow', {
      status: 504,
      title: { zh: '服务响应超时', en: 'The service took too long' },
      detail: {
        zh: '服务未在规定时间内答复，操作可能已生效，也可能未生效。',
        en: 'The service gave no answer in time. The request may or may not have taken effect.',
      },
      remedy: {
        zh: '请稍候用同一个幂等键重试，不会重复生效。',
        en: 'Repeat it after a while with the same idempotency key; it will not take effect twice.',
      },
      facts,
    });
    return { refused, retryAfter: later };
  }
  if (codes.some((code) => neverArrived.includes(code))) {
    const refused = refuse('service-away', {
      status: 502,
      title: { zh: '服务暂时无法访问', en: 'The service is away' },
      detail: { zh: '请求没有送达服务，操作未生效。', en: 'The request did not reach the service and had no effect.' },
      remedy: { zh: '请稍候重试。', en: 'Try again shortly.' },
      facts,
    });
    return { refused, retryAfter: soon };
  }
  const refused = refuse('service-broke-off', {
    status: 502,
    title: { zh: '服务中断了应答', en: 'The service broke off' },
    detail: {
      zh: '服务在答复前中断，操作可能已生效，也可能未生效。',
      en: 'The service broke off before it answered. The request may or may not have taken effect.',
    },
    remedy: {
      zh: '请用同一个幂等键重试，不会重复生效。',
      en: 'Repeat it with the same idempotency key; it will not take effect twice.',
    },
    facts,
  });
  return { refused, retryAfter: soon };
};
