import { expect, test } from 'vitest';
import type { Signal } from '../../spec/index.ts';
import { testSignal } from '../../store/testing-records.ts';
import { settledRewards } from './settled.ts';

const decision = '019b9294-2a3b-7000-8000-00000000beef';
const base = testSignal(decision);

test('a reward counts in its newest version, and is missing while that is open', () => {
  const second: Signal = { ...base, version: base.version + 1, status: 'provisional' };
  expect(settledRewards([base])).toHaveProperty('rewards');
  expect(settledRewards([second, base])).toEqual({ without: 'open' });
  expect(settledRewards([])).toEqual({ without: 'none' });
});

test('what is said of an item that was not chosen holds no decision open, and is not its reward', () => {
  const alternative: Signal = {
    ...base,
    target: { type: 'alternative', decision, action: { type: 'choice', item: 'other' } },
    targetKey: 'alternative',
    status: 'provisional',
  };
  expect(settledRewards([base, alternative])).toEqual(settledRewards([base]));
  expect(settledRewards([alternative])).toEqual({ without: 'none' });
});
