import { describe, expect, test } from 'vitest';
import { chooseAccount, mayPass, parseAccounts } from './account.ts';

const passwd =
  'root:x:0:0:root:/root:/bin/bash\nnobody:x:65534:65534::/:/usr/sbin/nologin\nanna:x:1000:1001::/home/anna:/bin/bash\n';

describe('chooseAccount', () => {
  test('any user but root runs the server as itself', () => {
    expect(chooseAccount(1000, passwd, null)).toBeNull();
  });
  test('root takes the best unprivileged account that exists', () => {
    expect(chooseAccount(0, passwd, null)).toEqual({ name: 'nobody', uid: 65534, gid: 65534 });
    expect(chooseAccount(0, `${passwd}postgres:x:101:104::/:/bin/sh\n`, null)?.name).toBe('postgres');
  });
  test('data that belongs to a user keeps its owner; data of root does not count', () => {
    expect(chooseAccount(0, passwd, 1000)).toEqual({ name: 'anna', uid: 1000, gid: 1001 });
    expect(chooseAccount(0, passwd, 0)?.name).toBe('nobody');
  });
  test('without any unprivileged account it says which were looked for', () => {
    expect(() => chooseAccount(0, 'root:x:0:0::/root:/bin/sh\n', null)).toThrow(/none of heed, postgres/);
  });
});

test('negative ids, as macOS writes them, are taken unsigned; comments are passed over', () => {
  expect(parseAccounts('# comment:x:1:1\nnobody:*:-2:-2::/:/bin/false\n')).toEqual([
    { name: 'nobody', uid: 4294967294, gid: 4294967294 },
  ]);
});

test('a folder is passed by the bits of the first class that fits: owner, group, others', () => {
  const account = { name: 'anna', uid: 1000, gid: 1001 };
  expect(mayPass({ uid: 0, gid: 0, mode: 0o700 }, account)).toBe(false);
  expect(mayPass({ uid: 0, gid: 0, mode: 0o701 }, account)).toBe(true);
  expect(mayPass({ uid: 0, gid: 1001, mode: 0o710 }, account)).toBe(true);
  expect(mayPass({ uid: 0, gid: 1001, mode: 0o701 }, account)).toBe(false);
  expect(mayPass({ uid: 1000, gid: 0, mode: 0o677 }, account)).toBe(false);
});
