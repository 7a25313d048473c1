import { Module } from '@nestjs/common';
import { AnswerClosing } from '../closing/answer-closing';
import { ClosingConsumer } from '../closing/closing.consumer';
import { TransferModule } from '../transfer/transfer.module';
import { ActOnPlacements } from './act-on-placements';
import { ComparePlan } from './compare-plan';
import { FilePlacement } from './file-placement';
import { HearPlacement } from './hear-placement';
import { PassPlacementDeadline } from './pass-placement-deadline';
import { PlacementConsumer } from './placement.consumer';
import { PlacementController } from './placement.controller';
import { PlacementRepository } from './placement.repository';
import { WithdrawPlacement } from './withdraw-placement';

/**
 * Placement of graduates in the next stage: the hand-over of many files at once, with a clock of its own. With it the
 * part in the closing of a school, which asks for transfers and placements alike.
 */
@Module({
  imports: [TransferModule],
  controllers: [PlacementController, PlacementConsumer, ClosingConsumer],
  providers: [
    PlacementRepository,
    ComparePlan,
    FilePlacement,
    ActOnPlacements,
    WithdrawPlacement,
    HearPlacement,
    PassPlacementDeadline,
    AnswerClosing,
  ],
})
export class PlacementModule {}
