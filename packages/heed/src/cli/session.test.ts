import { expect, test } from 'vitest';
import { chooseStore } from './session.ts';

const configFolder = async (): Promise<string> => '/project';

test('the command line wins over the environment, and both over the embedded store beside the configuration', async () => {
  const terminal = { environment: { HEED_DATABASE_URL: 'postgresql://environment/heed' }, folder: '/project/deep' };
  expect(await chooseStore({ database: 'postgresql://option/heed', folder: 'ours' }, terminal, configFolder)).toEqual({
    url: 'postgresql://option/heed',
  });
  expect(await chooseStore({ folder: 'ours' }, terminal, configFolder)).toEqual({ folder: '/project/deep/ours' });
  expect(await chooseStore({}, terminal, configFolder)).toEqual({ url: 'postgresql://environment/heed' });
  expect(await chooseStore({}, { ...terminal, environment: { HEED_DATABASE_URL: '' } }, configFolder)).toEqual({
    folder: '/project/.heed',
  });
});
