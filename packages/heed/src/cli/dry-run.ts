import type { DryRun } from '../loop/index.ts';
import { counted, facts, short, table } from './output.ts';

/** What a policy would change, as a person reads it. */
export function dryRunText(run: DryRun): string {
  const { difference, firstFailure } = run;
  const shifts = run.shifts.map(({ item, before, after }) => [item, percent(before), percent(after)]);
  const examples = run.examples.map(({ decision, done, probability, likeliest }) => [
    decision,
    done,
    percent(probability),
    likeliest,
  ]);
  return [
    facts([
      ['decisions', `${counted(run.decisions, 'decision')} made once more for nobody; nothing is changed`],
      [
        'failures',
        firstFailure === null ? 'none' : `${run.failures}, the first in ${firstFailure.decision}: ${firstFailure.why}`,
      ],
      [
        'changed',
        `${percent(run.changed)} would be made otherwise (${percent(run.changedAnyhow)} change by exploration anyhow)`,
      ],
      [
        'reward',
        difference === null
          ? 'unknown: no decision has a known probability and reward'
          : `${short(difference.estimate)} more, between ${short(difference.lower)} and ${short(difference.upper)}, by ${counted(run.scored, 'decision')} with weights up to ${short(run.largestWeight)}`,
      ],
    ]),
    table(['item', 'chosen now', 'then'], shifts, 'no items'),
    table(['decision', 'done', 'still likely by', 'likeliest'], examples, 'no examples'),
  ].join('\n\n');
}

function percent(share: number | null): string {
  return share === null ? 'unknown' : `${short(100 * share)} %`;
}
