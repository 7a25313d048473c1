/**
 * The pure model of a reviewed case: who acts, in which order, with which strength, by when, and on what ground somebody
 * may refuse. Refuses: a store, a queue, a clock, a framework, and any rule of one kind of case.
 */
export * from './acts';
export * from './due';
export * from './plan';
export * from './refusal';
export * from './review';
