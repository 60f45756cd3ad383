import type { BadRows, Estimate, EvaluationResult, IntervalMethod } from '../../evaluation/index.ts';
import { intervalMethods } from '../../evaluation/index.ts';
import { schemaVersion } from '../../spec/index.ts';
import type { EvaluationReport, JsonObject, JsonValue } from '../../spec/index.ts';

/** What an evaluation found, with what of the log was left out. */
export interface EvaluationOutcome {
  readonly result: EvaluationResult;
  readonly badRows: readonly BadRows[];
  /** Whether rows have ids, by which duplicates are found. */
  readonly hasIds: boolean;
  /** Decisions that the log has and nobody can evaluate on, by the reason. */
  readonly leftOut?: JsonObject | undefined;
  /** Decisions, like those that were evaluated on, that nobody has answered. Default 0. */
  readonly unanswered?: number | undefined;
}

/** What it was computed from. */
export interface EvaluationSource {
  readonly id: string;
  readonly loop: string | null;
  readonly artifact: string | null;
  readonly computedFrom: JsonObject;
  readonly createdAt: string;
}

/** Share of rows left out above which what is left is no sample of the log any more. */
const mostLeftOut = 0.01;
const leading = ['dr', 'snips', 'ips', 'slateInteraction', 'slateStandard'];

/** The record of an evaluation: each estimate once with every interval, what the log looks like, and a verdict on the leading one. */
export function toReport(
  { result, badRows, hasIds, leftOut: unusable = {}, unanswered = 0 }: EvaluationOutcome,
  { id, loop, artifact, computedFrom, createdAt }: EvaluationSource,
): EvaluationReport {
  const { count, clusters, clustered, level, loggedValue, estimates, skipped, diagnostics } = result;
  const leader = leadingEstimate(estimates);
  const method = leader === undefined ? undefined : methodOf(leader);
  const given = leader !== undefined && method !== undefined ? leader.verdicts[method] : undefined;
  const leftOut = badRows.reduce((sum, rows) => sum + rows.count, 0);
  const doubts = [
    ...(given === undefined
      ? ['no estimate could be made']
      : given.outcome === 'trust'
        ? diagnostics.doubts
        : [given.because]),
    ...(leftOut > mostLeftOut * (leftOut + count)
      ? [
          `${leftOut} of ${leftOut + count} rows were left out, the first at ${badRows[0]?.first}: ${badRows[0]?.reason}`,
        ]
      : []),
    ...(unanswered > mostLeftOut * (unanswered + count)
      ? [
          `${unanswered} of ${unanswered + count} decisions have no reward, as nobody has answered: estimates are of the answered ones alone, and whether somebody answers may depend on what was done`,
        ]
      : []),
  ];
  return {
    schemaVersion,
    id,
    loop,
    artifact,
    kind: 'off-policy',
    computedFrom,
    estimates: [
      { name: 'logged', value: finite(loggedValue), interval: null, count },
      ...estimates.flatMap((estimate) => rowsOf(estimate, count, level)),
    ],
    diagnostics: {
      count,
      clusters,
      clustered,
      leading: leader?.name ?? null,
      method: method ?? null,
      weights: numbersOf(diagnostics.weights),
      adaptivity: numbersOf(diagnostics.adaptivity),
      actions: diagnostics.actions.map(numbersOf),
      parameters: Object.fromEntries(
        estimates.flatMap(({ name, parameter }) => (parameter === null ? [] : [[name, finite(parameter) ?? 'none']])),
      ),
      verdicts: Object.fromEntries(estimates.map(({ name, verdicts }) => [name, verdicts as JsonObject])),
      doubts: [...diagnostics.doubts],
      skipped,
      leftOut: unusable,
      monteCarloErrors: Object.fromEntries(
        estimates.flatMap(({ name, monteCarloError }) =>
          monteCarloError === null ? [] : [[name, finite(monteCarloError)]],
        ),
      ),
      badRows: badRows.map((rows) => ({ ...rows })),
      duplicatesChecked: hasIds,
    },
    verdict:
      doubts.length === 0
        ? { outcome: 'trust', because: given?.because ?? '' }
        : { outcome: 'do not trust', because: doubts.join('; ') },
    createdAt,
  };
}

/** The estimate that a report leads with: the first of these whose value is a number. */
function leadingEstimate(estimates: readonly Estimate[]): Estimate | undefined {
  return (
    leading.map((name) => estimates.find((each) => each.name === name && Number.isFinite(each.value))).find(Boolean) ??
    estimates[0]
  );
}

/** Student's interval, or the first that is to be trusted where Student's is not. */
function methodOf({ verdicts, intervals }: Estimate): IntervalMethod | undefined {
  const had = intervalMethods.filter((method) => intervals[method]);
  return had.find((method) => verdicts[method]?.outcome === 'trust') ?? had[0];
}

function rowsOf(
  { name, value, gain, intervals }: Estimate,
  count: number,
  level: number,
): EvaluationReport['estimates'] {
  if (!Number.isFinite(value)) return [{ name, value: null, interval: null, count }];
  const methods = intervalMethods.filter((method) => intervals[method] !== undefined);
  const rows = methods.map((method) => {
    const ends = intervals[method];
    const known = ends && Number.isFinite(ends.lower) && Number.isFinite(ends.upper);
    return { name, value: finite(value), interval: known ? { ...ends, level, method } : null, count };
  });
  const known = Number.isFinite(gain.interval.lower) && Number.isFinite(gain.interval.upper);
  return [
    ...(rows.length === 0 ? [{ name, value: finite(value), interval: null, count }] : rows),
    {
      name: `${name} − logged`,
      value: finite(gain.value),
      interval: known ? { ...gain.interval, level, method: 'student' } : null,
      count,
    },
  ];
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

/** JSON has no infinite numbers. */
function numbersOf(values: object): JsonObject {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]): [string, JsonValue] => [
      name,
      typeof value === 'number' ? finite(value) : (value as JsonValue),
    ]),
  );
}
