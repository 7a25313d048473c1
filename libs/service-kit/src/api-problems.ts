import { applyDecorators } from '@nestjs/common';
import { ApiProperty, ApiPropertyOptional, ApiResponse } from '@nestjs/swagger';

class ProblemText {
  @ApiProperty() title: string;
  @ApiProperty() detail: string;
  @ApiProperty() remedy: string;
}

class CitationDoc {
  @ApiProperty({ description: 'Catalogue id of the rule' }) rule: string;
  @ApiProperty() pack: string;
  @ApiProperty() document: string;
  @ApiProperty() article: string;
}

/** Shape of every answer that is not a success (RFC 9457). */
export class Problem {
  @ApiProperty({ description: 'urn:xueji:problem:<slug>' }) type: string;
  @ApiProperty() status: number;
  @ApiProperty({ description: 'Chinese' }) title: string;
  @ApiProperty() detail: string;
  @ApiProperty() remedy: string;
  @ApiProperty({ type: ProblemText }) en: ProblemText;
  @ApiPropertyOptional({ type: CitationDoc }) citation?: CitationDoc;
  @ApiPropertyOptional({ type: Object }) facts?: object;
  @ApiPropertyOptional({ type: [Object], description: 'One per field, row or precondition' }) items?: object[];
  @ApiPropertyOptional({ description: 'Id of the request' }) instance?: string;
}

const documented: [number, string][] = [
  [400, 'invalid-input: every wrong field is named'],
  [401, 'not-signed-in'],
  [403, 'no-post: no post of the caller may do this'],
  [404, 'not-found: there is none, or none in scope'],
  [409, 'wrong-state: not possible now'],
  [412, 'stale-version: changed meanwhile'],
  [422, 'refused by a rule, with its article; or a reused idempotency key'],
];

/** Documents the problem answers of a controller or route. */
export const ApiProblems = (...more: [number, string][]) =>
  applyDecorators(
    ...[...documented, ...more].map(([status, description]) => ApiResponse({ status, description, type: Problem })),
  );
