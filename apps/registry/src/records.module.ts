import { Module } from '@nestjs/common';
import { BatchRepository } from './collection/batch.repository';
import { CollectionController } from './collection/collection.controller';
import { DecideBatch } from './collection/decide-batch';
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
import { PlacesModule } from './places';
import { PoliciesModule } from './policies';
import { Invariants } from './invariants';
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
import { RegistryOperatorController } from './registry-operator.controller';

const nationalUrl = (): string => {
  const url = process.env.XUEJI_NATIONAL_URL;
  if (!url) throw new Error('XUEJI_NATIONAL_URL is missing: where the national system is reached');
  return url;
};

/** Records and all that happens to them: entry, review, numbers, seats. */
@Module({
  imports: [PlacesModule, PoliciesModule],
  controllers: [
    StudentsController,
    EnrolmentController,
    CollectionController,
    NumbersController,
    CompletionController,
    MovementsConsumer,
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
    KeepSeat,
    PlaceStudents,
    OverrideCap,
    Invariants,
    { provide: NationalPort, useFactory: () => new HttpNationalPort(nationalUrl()) },
    {
      provide: ClerkPace,
      useFactory: (): ClerkPace => ({
        every: Number(process.env.XUEJI_NATIONAL_EVERY_MS ?? 5_000),
        askAgainAfter: Number(process.env.XUEJI_NATIONAL_ASK_AGAIN_MS ?? 600_000),
      }),
    },
  ],
  exports: [StudentRepository, ChildVault],
})
export class RecordsModule {}
