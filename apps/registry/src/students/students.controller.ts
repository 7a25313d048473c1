import { Body, Controller, Get, Header, HttpCode, Param, ParseUUIDPipe, Post, Query, Req, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiProperty, ApiPropertyOptional, ApiTags } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsIn,
  IsISO8601,
  IsNotEmpty,
  IsOptional,
  IsString,
  Matches,
  MaxLength,
  ValidateIf,
  ValidateNested,
} from 'class-validator';
import { Actor, Allow, By } from '#libs/access';
import { RegistrationState, registrationStates } from '#libs/contracts';
import {
  ApiProblems,
  ApiUpload,
  Clock,
  fileOf,
  invalidInput,
  IsLegalDate,
  notFound,
  PageQuery,
  type Upload,
} from '#libs/service-kit';
import { OfficeRepository } from '../places';
import { AttachPaper, DossierItem, dossierItems } from './attach-paper';
import { CheckDuplicates } from './check-duplicates';
import { ChildVault } from './child-vault';
import { FindStudent } from './find-student';
import { ListStudents } from './list-students';
import { StudentRepository } from './student.repository';
import { basicInfoAsOf, historyOf, viewOf } from './view';

class FindBody {
  @ApiPropertyOptional({ description: '身份证件号 · ID number; one of the two' })
  @ValidateIf((body: FindBody) => body.studentNumber === undefined)
  @IsString()
  @IsNotEmpty()
  @MaxLength(40)
  idNumber?: string;

  @ApiPropertyOptional({ description: '学籍号 · student number, temporary or official' })
  @IsOptional()
  @IsString()
  @IsNotEmpty()
  @MaxLength(40)
  studentNumber?: string;
}

class LocateBody extends FindBody {
  @ApiProperty({ description: '姓名 · name, exactly as registered' })
  @IsString()
  @IsNotEmpty()
  @MaxLength(80)
  name: string;
}

class LocateListBody {
  @ApiProperty({ type: [LocateBody], minItems: 1, maxItems: 500 })
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(500)
  @ValidateNested({ each: true })
  @Type(() => LocateBody)
  students: LocateBody[];
}

class ListQuery extends PageQuery {
  @ApiPropertyOptional()
  @IsOptional()
  @IsString()
  @MaxLength(80)
  class?: string;

  @ApiPropertyOptional()
  @IsOptional()
  @Matches(/^\d{10}$/)
  school?: string;

  @ApiPropertyOptional({ enum: registrationStates })
  @IsOptional()
  @IsIn([...registrationStates])
  registration?: RegistrationState;

  @ApiPropertyOptional({ description: 'e.g. ageNotChecked' })
  @IsOptional()
  @Matches(/^[A-Za-z]{1,40}$/)
  mark?: string;

  @ApiPropertyOptional({ enum: ['onRoll', 'ended', 'any'], default: 'onRoll' })
  @IsOptional()
  @IsIn(['onRoll', 'ended', 'any'])
  standing?: 'onRoll' | 'ended' | 'any';

  @ApiPropertyOptional({ description: 'Last id of the page before' })
  @IsOptional()
  @IsString()
  @MaxLength(80)
  after?: string;
}

class AsOfQuery {
  @ApiPropertyOptional({ description: 'Legal date, YYYY-MM-DD' })
  @IsOptional()
  @Matches(/^\d{4}-\d{2}-\d{2}$/)
  asOf?: string;

  @ApiPropertyOptional({ description: 'Instant up to which facts were known' })
  @IsOptional()
  @IsISO8601()
  knownAt?: string;
}

class ClassListQuery extends ListQuery {
  @ApiPropertyOptional({ description: 'Class list of this legal day, YYYY-MM-DD; absent: today, paged' })
  @IsOptional()
  @IsLegalDate()
  asOf?: string;

  @ApiPropertyOptional({ description: 'Instant up to which facts were known' })
  @IsOptional()
  @IsISO8601()
  knownAt?: string;
}

@ApiTags('students')
@ApiBearerAuth()
@ApiProblems()
@Controller('api/registry/v1')
export class StudentsController {
  constructor(
    private readonly students: StudentRepository,
    private readonly findStudent: FindStudent,
    private readonly listStudents: ListStudents,
    private readonly attachPaper: AttachPaper,
    private readonly duplicates: CheckDuplicates,
    private readonly offices: OfficeRepository,
    private readonly vault: ChildVault,
    private readonly clock: Clock,
  ) {}

  @Post('students/find')
  @Allow('clerk', 'deputyHead', 'officer')
  @ApiOperation({ summary: '按身份证件号或学籍号精确查找 · exact search in scope' })
  @ApiOkResponse()
  async find(@By() actor: Actor, @Body() body: FindBody) {
    return viewOf(await this.findStudent.run(actor, body), this.vault);
  }

  @Post('students/locate')
  @Allow('clerk')
  @ApiOperation({
    summary: '转入学校按号码和姓名定位学生 · for the receiving school: number and name give the opaque id',
  })
  locate(@By() actor: Actor, @Body() body: LocateBody) {
    return this.findStudent.locate(actor, body);
  }

  @Post('students/locate-list')
  @HttpCode(200)
  @Allow('clerk')
  @ApiOperation({
    summary: '招生学校按名单定位升学新生 · for the enrolling school: a list of entrants by number and name',
  })
  async locateList(@By() actor: Actor, @Body() body: LocateListBody) {
    return { students: await this.findStudent.locateList(actor, body.students) };
  }

  @Get('students')
  @Allow('clerk', 'deputyHead', 'officer')
  @ApiOperation({ summary: '名单（本岗位范围内）· list in scope, paged by key' })
  list(@By() actor: Actor, @Query() query: ListQuery) {
    return this.listStudents.run(actor, query);
  }

  @Get('classes/:id/students')
  @Allow('clerk', 'deputyHead', 'officer')
  @ApiOperation({ summary: '班级名单 · class list' })
  ofClass(@By() actor: Actor, @Param('id') id: string, @Query() { asOf, knownAt, ...query }: ClassListQuery) {
    if (!asOf) return this.listStudents.run(actor, { ...query, class: id });
    return this.listStudents.classOn(actor, id, asOf, knownAt ? new Date(knownAt) : this.clock.now());
  }

  @Get('students/:id')
  @Allow('clerk', 'deputyHead', 'officer')
  @Header('Cache-Control', 'no-store')
  @ApiOperation({ summary: '学籍信息（脱敏）· the record, masked' })
  async one(@By() actor: Actor, @Param('id', ParseUUIDPipe) id: string, @Res({ passthrough: true }) reply: Reply) {
    const record = await this.inScope(actor, id);
    reply.header('ETag', `"${record.version}"`);
    return viewOf(record, this.vault);
  }

  @Get('students/:id/basic-info')
  @Allow('clerk', 'deputyHead', 'officer')
  @ApiOperation({ summary: '某日、按某时所知的基础信息 · basic information as of a date, as known at an instant' })
  async basicInfo(@By() actor: Actor, @Param('id', ParseUUIDPipe) id: string, @Query() query: AsOfQuery) {
    const record = await this.inScope(actor, id);
    const asOf = query.asOf ?? this.clock.today();
    const knownAt = query.knownAt ? new Date(query.knownAt) : this.clock.now();
    return { asOf, knownAt, items: await basicInfoAsOf(record, asOf, knownAt, this.vault) };
  }

  @Get('students/:id/history')
  @Allow('clerk', 'deputyHead', 'officer')
  @ApiOperation({ summary: '信息变动情况 · every change of basic information' })
  async history(@By() actor: Actor, @Param('id', ParseUUIDPipe) id: string) {
    return { items: await historyOf(await this.inScope(actor, id), this.vault) };
  }

  @Post('students/:id/dossier/:item')
  @Allow('clerk')
  @ApiUpload()
  @ApiOperation({ summary: '上传档案材料扫描件 · file a scan in the dossier' })
  async paper(
    @By() actor: Actor,
    @Param('id', ParseUUIDPipe) id: string,
    @Param('item') item: string,
    @Req() request: Upload,
  ) {
    if (!dossierItems.includes(item as DossierItem)) {
      throw invalidInput([
        {
          field: 'item',
          code: 'unknown-item',
          message: { zh: `没有名为“${item}”的材料`, en: `There is no dossier item "${item}"` },
          facts: { items: dossierItems },
        },
      ]);
    }
    const { bytes } = await fileOf(request);
    return this.attachPaper.run(actor, id, item as DossierItem, bytes);
  }

  @Post('schools/:school/duplicate-check')
  @Allow('clerk', 'deputyHead', 'officer')
  @ApiOperation({ summary: '查重 · run the duplicate search for a school (NAT-NO4)' })
  async checkDuplicates(@By() actor: Actor, @Param('school') school: string) {
    const office = await this.offices.find(school);
    if (!office) throw notFound();
    return { groups: await this.duplicates.run(actor, office.path) };
  }

  private async inScope(actor: Actor, id: string) {
    const record = await this.students.find(id);
    if (!record || record.registration === 'undone' || !actor.covers(record.path)) throw notFound();
    return record;
  }
}

interface Reply {
  header(name: string, value: string): void;
}
