import { expect, test } from 'vitest';
import { addTallies, skippedNames, tallyLine, tallyVitest, type VitestReport } from './tally.ts';

const report: VitestReport = {
  numPassedTests: 3,
  numFailedTests: 1,
  numPendingTests: 1,
  numTodoTests: 0,
  testResults: [
    { name: 'a.test.ts', status: 'failed', assertionResults: [{ status: 'failed', fullName: 'a fails' }] },
    { name: 'b.test.ts', status: 'passed', assertionResults: [{ status: 'pending', fullName: 'b waits' }] },
  ],
};

test('tallies add up, and skipped tests are named only where there are some', () => {
  const sum = addTallies([
    { passed: 3, failed: 1, skipped: 0 },
    { passed: 2, failed: 0, skipped: 1 },
  ]);
  expect(tallyLine(sum)).toBe('5 passed, 1 failed, 1 skipped');
  expect(tallyLine({ passed: 1, failed: 0, skipped: 0 })).toBe('1 passed, 0 failed');
});

test('a vitest report is counted as it is', () => {
  expect(tallyVitest(report, 1)).toEqual({ passed: 3, failed: 1, skipped: 1 });
  expect(skippedNames(report)).toEqual(['b waits']);
});

test('a file that could not be loaded counts as a failure', () => {
  const unloaded = { name: 'c.test.ts', status: 'failed', assertionResults: [] };
  expect(tallyVitest({ ...report, testResults: [...report.testResults, unloaded] }, 1).failed).toBe(2);
});

test('a run that ended badly is never counted as passed', () => {
  const green = { ...report, numFailedTests: 0, testResults: [] };
  expect(tallyVitest(green, 0).failed).toBe(0);
  expect(tallyVitest(green, 1).failed).toBe(1);
  expect(tallyVitest(null, 0).failed).toBe(1);
});
