import { Module } from '@nestjs/common';
import { CarryOutClosing } from './closing/carry-out-closing';
import { ClosingConsumer } from './closing/closing.consumer';
import { ClosingController } from './closing/closing.controller';
import { ClosingPath } from './closing/closing-path';
import { ClosingRepository } from './closing/closing.repository';
import { ConductClosing } from './closing/conduct-closing';
import { FindKeeper } from './closing/find-keeper';
import { HearClosing } from './closing/hear-closing';
import { MoveDropouts } from './closing/move-dropouts';
import { OpenAtSchool } from './closing/open-at-school';
import { RunClosing } from './closing/run-closing';
import { BatchRepository } from './collection/batch.repository';
import { CollectionController } from './collection/collection.controller';
import { DecideBatch } from './collection/decide-batch';
import { ForgetWorkbook } from './collection/forget-workbook';
import { ReadBatch } from './collection/read-batch';
import { RunBatch } from './collection/run-batch';
import { UploadWorkbook } from './collection/upload-workbook';
import { CompletionController } from './completion/completion.controller';
import { CompletionRepository } from './completion/completion.repository';
import { DecideCompletion } from './completion/decide-completion';
import { EnterCompletion } from './completion/enter-completion';
import { JudgeClasses } from './completion/judge-classes';
import { KeepProof } from './completion/keep-proof';
import { ReadCompletion } from './completion/read-completion';
import { RunCompletion } from './completion/run-completion';
import { ApproveIntake } from './enrolment/approve-intake';
import { Authorities } from './enrolment/authorities';
import { CountUncheckedAges } from './enrolment/count-unchecked-ages';
import { EnrolmentController } from './enrolment/enrolment.controller';
import { EnterChild } from './enrolment/enter-child';
import { EnterChildren } from './enrolment/enter-children';
import { IntakeReader } from './enrolment/intake-reader';
import { ReviewIntake } from './enrolment/review-intake';
import { SubmitIntake } from './enrolment/submit-intake';
import { ApproveTemporary } from './numbers/approve-temporary';
import { Conversions } from './numbers/conversions';
import { HttpNationalPort, NationalPort } from './numbers/national-port';
import { ClerkPace, NumberClerk } from './numbers/number-clerk';
import { NumberRequests } from './numbers/number-requests';
import { NumbersController } from './numbers/numbers.controller';
import { FilesDueController } from './files-due/files-due.controller';
import { FilesDueModule } from './files-due/files-due.module';
import { FilesDueRepository } from './files-due/files-due.repository';
import { WatchFiles } from './files-due/watch-files';
import { PlacesModule } from './places';
import { PoliciesModule } from './policies';
import { Invariants } from './invariants';
import { DropoutConsumer } from './marks/dropout.consumer';
import { MarksController } from './marks/marks.controller';
import { SetHomeTeaching } from './marks/set-home-teaching';
import { SetStudyPlace } from './marks/set-study-place';
import { KeepSeat } from './seats/keep-seat';
import { PlaceStudents } from './seats/place-students';
import { OverrideCap } from './seats/override-cap';
import { MovementsConsumer } from './seats/movements.consumer';
import { AttachPaper } from './students/attach-paper';
import { CheckDuplicates } from './students/check-duplicates';
import { ChildVault } from './students/child-vault';
import { FindStudent } from './students/find-student';
import { ListStudents } from './students/list-students';
import { StudentRepository } from './students/student.repository';
import { StudentsController } from './students/students.controller';
import { RegistrySettings } from './registry.settings';
import { RegistryOperatorController } from './registry-operator.controller';

/** Records and all that happens to them: entry, review, numbers, seats. */
@Module({
  imports: [PlacesModule, PoliciesModule, FilesDueModule],
  controllers: [
    StudentsController,
    EnrolmentController,
    CollectionController,
    FilesDueController,
    NumbersController,
    CompletionController,
    ClosingController,
    ClosingConsumer,
    MarksController,
    MovementsConsumer,
    DropoutConsumer,
    RegistryOperatorController,
  ],
  providers: [
    StudentRepository,
    ChildVault,
    FindStudent,
    ListStudents,
    CheckDuplicates,
    AttachPaper,
    IntakeReader,
    Authorities,
    EnterChildren,
    EnterChild,
    SubmitIntake,
    ReviewIntake,
    ApproveIntake,
    CountUncheckedAges,
    BatchRepository,
    RunBatch,
    ForgetWorkbook,
    UploadWorkbook,
    DecideBatch,
    ReadBatch,
    NumberRequests,
    NumberClerk,
    Conversions,
    ApproveTemporary,
    CompletionRepository,
    JudgeClasses,
    KeepProof,
    EnterCompletion,
    DecideCompletion,
    RunCompletion,
    ReadCompletion,
    ClosingRepository,
    ClosingPath,
    OpenAtSchool,
    ConductClosing,
    MoveDropouts,
    CarryOutClosing,
    RunClosing,
    HearClosing,
    FindKeeper,
    FilesDueRepository,
    WatchFiles,
    SetHomeTeaching,
    SetStudyPlace,
    KeepSeat,
    PlaceStudents,
    OverrideCap,
    Invariants,
    {
      provide: NationalPort,
      useFactory: (settings: RegistrySettings) => new HttpNationalPort(settings.nationalUrl),
      inject: [RegistrySettings],
    },
    {
      provide: ClerkPace,
      useFactory: (settings: RegistrySettings): ClerkPace => ({
        every: settings.nationalEvery,
        askAgainAfter: settings.nationalAskAgain,
      }),
      inject: [RegistrySettings],
    },
  ],
  exports: [StudentRepository, ChildVault],
})
export class RecordsModule {}
