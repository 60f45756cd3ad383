import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Check, Paper } from './paper.ts';
import { measured } from './report.ts';
import type { PaperResult } from './run-paper.ts';

/** A result as it is committed. */
interface StoredResult extends PaperResult {
  readonly commit: string | null;
  /** The sources were not those of the commit. */
  readonly changed: boolean;
  /** Of all threads; of a run that was interrupted only what came after. */
  readonly processorSeconds?: number;
}

/** The page of all papers: claims, checks with their intervals, ablations, from the committed results. */
export function papersPage(papers: readonly Paper[]): string {
  const sections = papers.map((paper) =>
    [`## ${paper.number} ${paper.title}`, paper.source, claims(paper), results(paper)].join('\n\n'),
  );
  return `# Papers\n\nMade from \`@heed/papers\` and its committed results. \`heed papers run NN\` runs one of them.\n\n${sections.join('\n\n')}\n`;
}

function claims(paper: Paper): string {
  return paper.claims.map((claim) => `- ${claim}`).join('\n');
}

function results({ slug, ablations }: Paper): string {
  const path = join(dirname(import.meta.dirname), slug, 'results.json');
  if (!existsSync(path)) return 'No results are committed.';
  const stored = JSON.parse(readFileSync(path, 'utf8')) as StoredResult;
  const { preset, seeds, checks, commit, changed, seconds, processorSeconds, passed, ablationsFail } = stored;
  const worked = processorSeconds === undefined ? '' : `, ${processorSeconds.toFixed(0)} s of processor time`;
  const from = commit === null ? '' : `, from commit ${commit.slice(0, 12)}${changed ? ' with changes' : ''}`;
  const failed = new Map(stored.ablations.map((each) => [each.name, each.failed]));
  return [
    `**${passed ? 'Passed' : 'Failed'}**, ablations ${ablationsFail ? 'fail as they must' : 'do not all fail'}: ${preset}, ${seeds.length} seeds${from}, ${seconds.toFixed(0)} s${worked}.`,
    ['| check | bar | value [95 %] | |', '| --- | --- | --- | --- |', ...checks.map(row)].join('\n'),
    ablations
      .map(({ name, what }) => `- ablation “${name}” (${what}): ${failed.get(name)?.length ?? 0} checks fail`)
      .join('\n'),
  ].join('\n\n');
}

function row(check: Check): string {
  const verdict = check.passed === 'full only' ? 'full only' : check.passed ? 'passed' : '**failed**';
  return `| ${check.name} | ${check.bar} | ${measured(check)} | ${verdict} |`;
}
