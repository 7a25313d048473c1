import { Settings } from './settings';

const enough = {
  XUEJI_MONGO_URL: 'mongodb://x',
  XUEJI_KAFKA_BROKERS: 'x:1',
  XUEJI_REDIS_URL: 'redis://x',
  XUEJI_GATEWAY_URL: 'http://x',
  XUEJI_SERVICE_KEYS: '/x',
};

describe('what every service is told', () => {
  it('names everything that is missing or malformed at once', () => {
    expect(() => Settings.fromEnvironment('x', { XUEJI_PORT: 'http', XUEJI_SERVICES: '{' })).toThrow(
      /XUEJI_SERVICES is not JSON; XUEJI_PORT is not a port; XUEJI_MONGO_URL is missing; .*XUEJI_SERVICE_KEYS is missing/,
    );
  });

  it('takes folders of packs that are there, and none for an empty name', () => {
    const settings = Settings.fromEnvironment('x', {
      ...enough,
      XUEJI_EXTRA_PACKS_DIR: __dirname,
      XUEJI_PACKS_DIR: '',
    });
    expect([settings.extraPacksDir, settings.packsDir]).toEqual([__dirname, undefined]);
    const wrong = { ...enough, XUEJI_EXTRA_PACKS_DIR: `${__dirname}/nowhere`, XUEJI_PACKS_DIR: __filename };
    expect(() => Settings.fromEnvironment('x', wrong)).toThrow(
      /XUEJI_PACKS_DIR is no folder: .*settings\.spec\.ts; XUEJI_EXTRA_PACKS_DIR is no folder: .*nowhere/,
    );
  });
});
