import { RegistrySettings } from './registry.settings';

const enough = { XUEJI_NATIONAL_URL: 'http://127.0.0.1:9' };

describe('what the registry is told', () => {
  it('has a usual value for everything but the national system', () => {
    expect(RegistrySettings.fromEnvironment(enough)).toEqual({
      nationalUrl: 'http://127.0.0.1:9',
      nationalEvery: 5_000,
      nationalAskAgain: 600_000,
      workbookRows: 20_000,
      workbookDays: 90,
      rootAccount: undefined,
    });
    expect(() => RegistrySettings.fromEnvironment({})).toThrow('XUEJI_NATIONAL_URL');
  });

  it('names everything that is wrong at once', () => {
    const env = {
      XUEJI_NATIONAL_URL: 'ftp://x',
      XUEJI_NATIONAL_EVERY_MS: 'soon',
      XUEJI_NATIONAL_ASK_AGAIN_MS: '-1',
      XUEJI_COLLECTION_MAX_ROWS: '1.5',
      XUEJI_WORKBOOK_DAYS: '0.5',
      XUEJI_ROOT_ACCOUNT: 'a b',
    };
    const said = (() => {
      try {
        RegistrySettings.fromEnvironment(env);
      } catch (fault) {
        return (fault as Error).message;
      }
      return '';
    })();
    for (const variable of Object.keys(env)) expect(said).toContain(variable);
  });
});
