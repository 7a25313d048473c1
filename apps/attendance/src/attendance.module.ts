import { Module } from '@nestjs/common';
import { PapersModule } from '#libs/papers';
import { PlacesConsumer, PlacesRepository } from '#libs/places';
import { AttendanceOperatorController } from './attendance-operator.controller';
import { Invariants } from './invariants';
import { Law } from './law/law';
import { Places } from './law/places';
import { DecideLeave } from './leave/decide-leave';
import { FileLeave } from './leave/file-leave';
import { LeaveController } from './leave/leave.controller';
import { LeavesRepository } from './leave/leaves.repository';
import { PapersController } from './papers/papers.controller';
import { DaysConsumer, Replan } from './roll-call/replan';
import { RollCallController } from './roll-call/roll-call.controller';
import { RollCallDue } from './roll-call/roll-call-due';
import { RollCallsRepository } from './roll-call/roll-calls.repository';
import { ShowRollCalls } from './roll-call/show-roll-calls';
import { TakeRollCall } from './roll-call/take-roll-call';
import { ChangeMembership } from './roster/change-membership';
import { StudentsConsumer } from './roster/students.consumer';
import { StudentsRepository } from './roster/students.repository';
import { ConfirmDropout } from './watch/confirm-dropout';
import { Judge } from './watch/judge';
import { LettersRepository } from './watch/letters.repository';
import { PassReturnDue } from './watch/pass-return-due';
import { RecordReturn } from './watch/record-return';
import { RecordVisit } from './watch/record-visit';
import { ReportSuspicion } from './watch/report-suspicion';
import { ShowWatches } from './watch/show-watches';
import { StateAbsence } from './watch/state-absence';
import { WatchActs } from './watch/watch-acts';
import { WatchController } from './watch/watch.controller';
import { WatchesRepository } from './watch/watches.repository';
import { WordsRepository } from './words/words.repository';

@Module({
  imports: [PapersModule.forRoot({ owner: 'attendance', collection: 'papers', duty: 'attendance-watch' })],
  // Places are written down before the days that are counted by them are looked at.
  controllers: [
    PlacesConsumer,
    StudentsConsumer,
    DaysConsumer,
    RollCallController,
    LeaveController,
    PapersController,
    WatchController,
    AttendanceOperatorController,
  ],
  providers: [
    Law,
    PlacesRepository,
    Places,
    StudentsRepository,
    ChangeMembership,
    RollCallsRepository,
    TakeRollCall,
    ShowRollCalls,
    RollCallDue,
    Replan,
    LeavesRepository,
    FileLeave,
    DecideLeave,
    WordsRepository,
    Judge,
    LettersRepository,
    WatchesRepository,
    WatchActs,
    RecordVisit,
    ReportSuspicion,
    ConfirmDropout,
    RecordReturn,
    StateAbsence,
    PassReturnDue,
    ShowWatches,
    Invariants,
  ],
  exports: [RollCallsRepository, WatchesRepository, LettersRepository, WordsRepository],
})
export class AttendanceModule {}
