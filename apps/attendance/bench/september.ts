/** Business time of the bench: a morning in September, which never moves. */
export const createClock = () => ({ now: () => new Date('2026-09-14T09:00:00+08:00'), onMove: () => undefined });
