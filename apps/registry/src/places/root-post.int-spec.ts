import { RegistrySettings } from '../registry.settings';
import { RootPost } from './root-post';
import { Places, startPlaces } from '../../test/registry-of-places';

describe('the first post', () => {
  let places: Places;
  let root: RootPost;

  const named = (rootAccount: string) => Object.assign(places.app.get(RegistrySettings), { rootAccount });
  const posts = () => places.collection('posts').find().toArray();
  const bootAtOnce = (times: number) => Promise.all(Array.from({ length: times }, () => root.onApplicationBootstrap()));

  beforeAll(async () => {
    places = await startPlaces({ XUEJI_ROOT_ACCOUNT: '' });
    root = places.app.get(RootPost);
  });

  afterAll(() => places.stop());

  it('is not made unless an account is named', async () => {
    await root.onApplicationBootstrap();
    expect(await posts()).toEqual([]);
  });

  it('is made once by instances that start at once', async () => {
    named('zhang');
    await bootAtOnce(5);
    expect(await posts()).toMatchObject([{ _id: 'post-root', account: 'zhang', path: '/', version: 1 }]);
    expect(await places.collection('outbox').countDocuments()).toBe(1);
  });

  it('is no way in where posts are held, nor where they once were', async () => {
    named('intruder');
    await bootAtOnce(2);
    expect(await posts()).toMatchObject([{ account: 'zhang' }]);
    await places.collection('posts').deleteMany({});
    await bootAtOnce(2);
    expect(await posts()).toEqual([]);
  });
});
