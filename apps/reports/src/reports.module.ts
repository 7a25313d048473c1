import { Module } from '@nestjs/common';
import { PlacesConsumer, PlacesRepository } from '#libs/places';
import { CallsConsumer } from './calls/calls.consumer';
import { CallsController } from './calls/calls.controller';
import { CallsRepository } from './calls/calls.repository';
import { CountCalls } from './calls/count-calls';
import { CasesConsumer } from './cases/cases.consumer';
import { CasesController } from './cases/cases.controller';
import { CasesRepository } from './cases/cases.repository';
import { CountCases } from './cases/count-cases';
import { DrawFigures } from './drawings/draw-figures';
import { DrawingsController } from './drawings/drawings.controller';
import { AskedPlace } from './places/asked-place';
import { ListFindings } from './quality/list-findings';
import { QualityController } from './quality/quality.controller';
import { ReportsOperatorController } from './reports-operator.controller';
import { CountRoll } from './roll/count-roll';
import { FoldStudents } from './roll/fold-students';
import { RollController } from './roll/roll.controller';
import { RollRepository } from './roll/roll.repository';
import { StudentsConsumer } from './roll/students.consumer';

@Module({
  controllers: [
    RollController,
    CasesController,
    CallsController,
    QualityController,
    DrawingsController,
    ReportsOperatorController,
    PlacesConsumer,
    StudentsConsumer,
    CasesConsumer,
    CallsConsumer,
  ],
  providers: [
    PlacesRepository,
    AskedPlace,
    RollRepository,
    FoldStudents,
    CountRoll,
    CasesRepository,
    CountCases,
    CallsRepository,
    CountCalls,
    ListFindings,
    DrawFigures,
  ],
})
export class ReportsModule {}
