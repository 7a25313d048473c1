import { until } from './wait';

describe('until', () => {
  it('gives back what the condition found', async () => {
    let looks = 0;
    await expect(until(() => (++looks === 3 ? 'found' : undefined), { every: 1, message: 'third look' })).resolves.toBe(
      'found',
    );
    expect(looks).toBe(3);
  });

  it('ends at the limit with the message and the last error', async () => {
    const failing = until(() => Promise.reject(new Error('no answer')), { within: 20, every: 1, message: 'a reply' });
    await expect(failing).rejects.toMatchObject({
      message: 'not within 20 ms: a reply',
      cause: expect.objectContaining({ message: 'no answer' }) as unknown,
    });
  });

  it('asks at the end what was there instead', async () => {
    let seen = 0;
    const failing = until(() => ++seen < 0, {
      within: 5,
      every: 1,
      message: () => `saw ${seen > 0 ? 'looks' : 'none'}`,
    });
    await expect(failing).rejects.toThrow('saw looks');
  });
});
