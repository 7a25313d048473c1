import { Module } from '@nestjs/common';
import { PlacesConsumer, PlacesRepository } from '#libs/places';
import { CopiesConsumer } from './copies/copies.consumer';
import { CopiesController } from './copies/copies.controller';
import { CopiesRepository } from './copies/copies.repository';
import { ExportCopy } from './copies/export-copy';
import { PartsClient } from './copies/parts.client';
import { ReviewCopies } from './copies/review-copies';
import { SealBatch } from './copies/seal-batch';
import { SealCopies } from './copies/seal-copies';
import { StagesRepository } from './copies/stages.repository';
import { CustodyConsumer } from './custody/custody.consumer';
import { CustodyController } from './custody/custody.controller';
import { HandOverCustody } from './custody/hand-over-custody';
import { HandOverFile } from './handovers/hand-over-file';
import { HandoversController } from './handovers/handovers.controller';
import { HandoversRepository } from './handovers/handovers.repository';
import { OpenHandovers } from './handovers/open-handovers';
import { PassDeadline } from './handovers/pass-deadline';
import { Law } from './law/law';
import { LogController } from './log/log.controller';
import { LogRepository } from './log/log.repository';
import { SignHeads } from './log/sign-heads';
import { SigningKey } from './log/signing-key';
import { CopyPdf } from './pdf/copy-pdf';
import { ArchiveOperatorController } from './verify/archive-operator.controller';
import { VerifyArchive } from './verify/verify-archive';

@Module({
  controllers: [
    CopiesController,
    HandoversController,
    CustodyController,
    LogController,
    ArchiveOperatorController,
    CopiesConsumer,
    CustodyConsumer,
    PlacesConsumer,
  ],
  providers: [
    Law,
    PlacesRepository,
    StagesRepository,
    CopiesRepository,
    PartsClient,
    SealBatch,
    SealCopies,
    ReviewCopies,
    ExportCopy,
    CopyPdf,
    HandoversRepository,
    OpenHandovers,
    HandOverFile,
    PassDeadline,
    HandOverCustody,
    LogRepository,
    SigningKey,
    SignHeads,
    VerifyArchive,
  ],
})
export class ArchiveModule {}
