import { expect, test } from 'vitest';
import { compareRows, failuresIn } from './check.ts';
import { emptyLedger } from './load.ts';
import { readSyncs } from './power.ts';

test('rows are held against what the clients were told', () => {
  const ledger = emptyLedger();
  for (const [key, id] of [
    ['a', '1'],
    ['b', '2'],
    ['c', '3'],
    ['d', '4'],
  ] as const)
    ledger.acknowledged.decision.set(key, id);
  ledger.abandoned.add('e');
  const rows = [
    { id: '1', key: 'a' },
    // Twice under one key.
    { id: '2', key: 'b' },
    { id: '9', key: 'b' },
    // Another id than was told, so that the one that was told is lost too.
    { id: '8', key: 'c' },
    // Given up after its connection broke: may be there.
    { id: '5', key: 'e' },
    // Of nobody.
    { id: '6', key: 'f' },
    { id: '7', key: null },
  ];
  const comparison = compareRows('decision', rows, ledger);
  expect(comparison).toEqual({ acknowledged: 4, lost: 2, duplicated: 2, unexplained: 2, unacknowledgedRows: 1 });
  expect(failuresIn(comparison, ledger)).toEqual([
    '2 acknowledged rows are lost',
    '2 rows are there twice',
    '2 rows belong to no request that a client knows of',
  ]);
});

test('syncs are read from a trace, also those that another process interrupted, and only those that succeeded', () => {
  const text = [
    '71    100.5 fdatasync(5)                 = 0 <0.25>',
    '72    101.0 fsync(7 <unfinished ...>',
    '71    101.5 fdatasync(5)                 = -1 EIO (Input/output error) <0.1>',
    '72    102.0 <... fsync resumed>)         = 0 <1.0>',
    '71    103.0 sync_file_range(5, 0, 0, 2)  = 0 <0.1>',
    '71    104.0 --- SIGUSR1 {si_signo=SIGUSR1} ---',
  ].join('\n');
  expect(readSyncs(text)).toEqual([
    { began: 100.5, ended: 100.75 },
    { began: 101, ended: 102 },
  ]);
});
