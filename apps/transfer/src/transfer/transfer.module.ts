import { Module } from '@nestjs/common';
import { PapersModule } from '#libs/papers';
import { PlacesConsumer, PlacesRepository } from '#libs/places';
import { EvidenceController } from '../evidence/evidence.controller';
import { Law } from '../law/law';
import { StudentsConsumer } from '../students/students.consumer';
import { StudentsRepository } from '../students/students.repository';
import { ActOnTransfer } from './act-on-transfer';
import { Dossiers } from './dossiers';
import { FileTransfer } from './file-transfer';
import { HearRegistry } from './hear-registry';
import { PassDeadline } from './pass-deadline';
import { PreflightTransfer } from './preflight-transfer';
import { RecountDue } from './recount-due';
import { ReviewRefusal } from './review-refusal';
import { ShowTransfers } from './show-transfers';
import { TransferOperatorController } from './transfer-operator.controller';
import { TransferConsumer } from './transfer.consumer';
import { TransferController } from './transfer.controller';
import { TransferRepository } from './transfer.repository';
import { WithdrawTransfer } from './withdraw-transfer';
import { WordsRepository } from './words.repository';

@Module({
  imports: [PapersModule.forRoot({ owner: 'transfer', collection: 'evidence', duty: 'transfer-review' })],
  controllers: [
    TransferController,
    TransferOperatorController,
    EvidenceController,
    TransferConsumer,
    PlacesConsumer,
    StudentsConsumer,
  ],
  providers: [
    Law,
    PlacesRepository,
    StudentsRepository,
    TransferRepository,
    WordsRepository,
    Dossiers,
    PreflightTransfer,
    FileTransfer,
    ActOnTransfer,
    WithdrawTransfer,
    ReviewRefusal,
    ShowTransfers,
    HearRegistry,
    PassDeadline,
    RecountDue,
  ],
  exports: [Law, PlacesRepository, StudentsRepository, TransferRepository, WordsRepository],
})
export class TransferModule {}
