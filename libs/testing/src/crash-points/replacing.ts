type Method = (this: never, ...args: unknown[]) => unknown;

/**
 * Replaces a method of a class from outside, private ones too.
 * @throws Error when there is no such method: a control that controls nothing must not pass
 */
export const replacing = (
  owner: { name: string; prototype: object },
  method: string,
  by: (original: Method) => Method,
): void => {
  const prototype = owner.prototype as Record<string, Method>;
  const original = prototype[method];
  if (typeof original !== 'function') throw new Error(`${owner.name} has no method ${method}`);
  prototype[method] = by(original);
};
