import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { PaperResult } from './run-paper.ts';

/**
 * Holds a paper's committed results to what each ablation is made for: the check that the method passes and it must fail.
 * More may fail, by chance too: of fewer seeds intervals are wider.
 */
export function testAblations(results: URL, rows: readonly (readonly [ablation: string, check: string])[]): void {
  test.each(rows)('committed: the ablation “%s” fails the check that it is made for', (ablation, check) => {
    const { checks, ablations } = JSON.parse(readFileSync(results, 'utf8')) as PaperResult;
    expect(checks.find(({ name }) => name === check)?.passed).toBe(true);
    expect(ablations.find(({ name }) => name === ablation)?.failed).toContain(check);
  });
}
