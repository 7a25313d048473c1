/**
 * An owner's side of a permanent copy: freezes its part when the archive asks, tells it by digest, serves it to the archive
 * alone, and keeps the heads of the archive's log. Decides nothing about what is kept, or for whom.
 */
export { Anchors } from './anchors';
export { FreezeParts } from './freeze-parts';
export { PartSource, type AskedPart, type Part, type PartDocument, type PartPaper } from './part';
export { SealingModule, type SealingOptions } from './sealing.module';
