import { Body, Controller, HttpCode, Param, ParseUUIDPipe, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiProperty, ApiPropertyOptional, ApiTags } from '@nestjs/swagger';
import { IsIn, IsOptional, IsString, Matches, MaxLength } from 'class-validator';
import { Actor, Allow, By } from '#libs/access';
import { ApiChange, ApiProblems, IdempotencyKey, IfMatch, IsLegalDate } from '#libs/service-kit';
import { SetHomeTeaching } from './set-home-teaching';
import { SetStudyPlace, type StudyKind, studyKinds } from './set-study-place';

class HomeTeachingBody {
  @ApiProperty() @IsLegalDate() from: string;

  @ApiPropertyOptional({ description: 'Last day; absent while it lasts' })
  @IsOptional()
  @IsLegalDate()
  to?: string;
}

class StudyPlaceBody {
  @ApiProperty({ enum: studyKinds, description: '随班就读、到特殊教育学校就读、回学籍所在学校' })
  @IsIn([...studyKinds])
  kind: StudyKind;

  @ApiProperty() @IsLegalDate() from: string;

  @ApiPropertyOptional({ description: 'Class in which the child is taught' })
  @IsOptional()
  @IsString()
  @MaxLength(80)
  class?: string;

  @ApiPropertyOptional({ description: "Digest of the guardian's consent in the dossier" })
  @IsOptional()
  @Matches(/^[0-9a-f]{64}$/)
  consent?: string;
}

class MarkedDoc {
  @ApiProperty() student: string;
  @ApiProperty() version: number;
}

@ApiTags('marks')
@ApiBearerAuth()
@ApiProblems()
@Controller('api/registry/v1/students/:id')
export class MarksController {
  constructor(
    private readonly setHomeTeaching: SetHomeTeaching,
    private readonly setStudyPlace: SetStudyPlace,
  ) {}

  @Post('home-teaching')
  @HttpCode(200)
  @Allow('clerk')
  @ApiChange()
  @ApiOperation({ summary: '标注送教上门 · taught at home: out of the attendance watch (NAT-SP2)' })
  @ApiOkResponse({ type: MarkedDoc })
  homeTeaching(
    @By() actor: Actor,
    @IdempotencyKey() key: string,
    @IfMatch() version: number,
    @Param('id', ParseUUIDPipe) student: string,
    @Body() { from, to }: HomeTeachingBody,
  ) {
    return this.setHomeTeaching.run(actor, key, { student, version, from, ...(to !== undefined && { to }) });
  }

  @Post('study-place')
  @HttpCode(200)
  @Allow('clerk')
  @ApiChange()
  @ApiOperation({ summary: '登记就读学校，学籍不动 · the place of study; the record stays (NAT-SP1, D5-09)' })
  @ApiOkResponse({ type: MarkedDoc })
  studyPlace(
    @By() actor: Actor,
    @IdempotencyKey() key: string,
    @IfMatch() version: number,
    @Param('id', ParseUUIDPipe) student: string,
    @Body() { kind, from, class: classId, consent }: StudyPlaceBody,
  ) {
    return this.setStudyPlace.run(actor, key, {
      ...{ student, version, kind, from },
      ...(classId !== undefined && { class: classId }),
      ...(consent !== undefined && { consent }),
    });
  }
}
