import { ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsInt, IsOptional, Max, Min } from 'class-validator';

/** How long a page may be. A list adds its own `after`, the place where the page before ended. */
export class PageQuery {
  @ApiPropertyOptional({ type: Number, minimum: 1, maximum: 500, default: 100 })
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(500)
  limit = 100;
}

export interface Page<T, K = string> {
  items: T[];
  /** Pass as `after` for the next page; absent on the last. */
  next?: K;
}

/**
 * A page of rows that were read by key, one more than the page has: page n costs what page 1 costs, and the row too many
 * tells that there is a next one.
 */
export const pageOf = <R, T, K = string>(
  found: readonly R[],
  limit: number,
  show: (row: R) => T,
  keyOf: (row: R) => K,
): Page<T, K> => {
  const rows = found.slice(0, limit);
  return { items: rows.map(show), ...(found.length > limit && { next: keyOf(rows[limit - 1]) }) };
};
