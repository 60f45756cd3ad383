import { decisionOfTarget } from '../../spec/index.ts';
import type { Action, FeedbackTarget, FeedbackValue } from '../../spec/index.ts';
import type { Row, RowKind, RowOf } from './rows.ts';

type Scalar = string | number | boolean | Date | null;
export type ColumnType = 'STRING' | 'DOUBLE' | 'INT32' | 'TIMESTAMP' | 'BOOLEAN';
/** A column's type, and how a row gives its value. */
type ColumnRule<Kind extends RowKind> = readonly [type: ColumnType, value: (row: RowOf<Kind>) => Scalar];
type ColumnRules<Kind extends RowKind> = { readonly [column: string]: ColumnRule<Kind> };

/**
 * What tools want to filter and group by, beside the whole record: one scalar column each.
 * Columns of one name have one type in all kinds.
 */
const rules: { readonly [Kind in RowKind]: ColumnRules<Kind> } = {
  decision: {
    id: ['STRING', ({ decision }) => decision.id],
    loop: ['STRING', ({ decision }) => decision.loop],
    loop_version: ['STRING', ({ decision }) => decision.loopVersion],
    origin: ['STRING', ({ decision }) => decision.origin],
    subject: ['STRING', ({ decision }) => decision.subject],
    artifact: ['STRING', ({ decision }) => decision.artifact],
    subject_state: ['STRING', ({ decision }) => decision.subjectState],
    episode: ['STRING', ({ decision }) => decision.episode],
    step: ['INT32', ({ decision }) => decision.step],
    group: ['STRING', ({ decision }) => decision.group],
    action_type: ['STRING', ({ decision }) => decision.action.type],
    /** The chosen item, of a slate the first. */
    item: ['STRING', ({ decision }) => firstItem(decision.action)],
    items: [
      'STRING',
      ({ decision }) => (decision.action.type === 'slate' ? JSON.stringify(decision.action.items) : null),
    ],
    behaviour: ['STRING', ({ decision }) => decision.behaviour.kind],
    log_probability: ['DOUBLE', ({ decision }) => decision.behaviour.logProbability],
    candidates_hash: ['STRING', ({ decision }) => decision.candidates?.set ?? null],
    candidates_count: ['INT32', ({ decision }) => decision.candidates?.count ?? null],
    decided_at: ['TIMESTAMP', ({ decision }) => new Date(decision.decidedAt)],
    activated_at: ['TIMESTAMP', ({ activation }) => toDate(activation?.activatedAt ?? null)],
  },
  feedback: {
    id: ['STRING', ({ feedback }) => feedback.id],
    loop: ['STRING', ({ feedback }) => feedback.loop],
    subject: ['STRING', ({ feedback }) => feedback.subject],
    feedback_kind: ['STRING', ({ feedback }) => feedback.kind],
    name: ['STRING', ({ feedback }) => feedback.name],
    decision: ['STRING', ({ feedback }) => firstOf(feedback.targets, decisionOfTarget)],
    item: ['STRING', ({ feedback }) => firstOf(feedback.targets, itemOf)],
    episode: [
      'STRING',
      ({ feedback }) => firstOf(feedback.targets, (target) => ('episode' in target ? target.episode : null)),
    ],
    value_type: ['STRING', ({ feedback }) => feedback.value.type],
    value_number: ['DOUBLE', ({ feedback }) => numberOf(feedback.value)],
    value_text: ['STRING', ({ feedback }) => textOf(feedback.value)],
    source: ['STRING', ({ feedback }) => feedback.source.type],
    observed_at: ['TIMESTAMP', ({ feedback }) => new Date(feedback.observedAt)],
    received_at: ['TIMESTAMP', ({ feedback }) => new Date(feedback.receivedAt)],
  },
  signal: {
    id: ['STRING', ({ signal }) => signal.id],
    loop: ['STRING', ({ signal }) => signal.loop],
    derivation: ['STRING', ({ signal }) => signal.derivation],
    target: ['STRING', ({ signal }) => signal.targetKey],
    decision: ['STRING', ({ signal }) => decisionOfTarget(signal.target)],
    item: ['STRING', ({ signal }) => itemOf(signal.target)],
    version: ['INT32', ({ signal }) => signal.version],
    signal_kind: ['STRING', ({ signal }) => signal.kind],
    status: ['STRING', ({ signal }) => signal.status],
    reward: [
      'DOUBLE',
      ({ signal }) => (signal.value?.kind === 'reward' ? (signal.value.rewards['reward'] ?? null) : null),
    ],
    weight: ['DOUBLE', ({ signal }) => signal.weight],
    available_at: ['TIMESTAMP', ({ signal }) => new Date(signal.availableAt)],
  },
  episode: {
    id: ['STRING', ({ episode }) => episode.id],
    loop: ['STRING', ({ episode }) => episode.loop],
    task: ['STRING', ({ episode }) => episode.task],
    status: ['STRING', ({ episode }) => episode.status],
    started_at: ['TIMESTAMP', ({ episode }) => new Date(episode.startedAt)],
    ended_at: ['TIMESTAMP', ({ episode }) => toDate(episode.endedAt)],
  },
  artifact: {
    id: ['STRING', ({ artifact }) => artifact.id],
    loop: ['STRING', ({ artifact }) => artifact.loop],
    loop_version: ['STRING', ({ artifact }) => artifact.loopVersion],
    role: ['STRING', ({ artifact }) => artifact.role],
    format: ['STRING', ({ artifact }) => artifact.format],
    parent: ['STRING', ({ artifact }) => artifact.lineage.parent],
    created_at: ['TIMESTAMP', ({ artifact }) => new Date(artifact.createdAt)],
  },
  subjectState: {
    id: ['STRING', ({ subjectState }) => subjectState.id],
    loop: ['STRING', ({ subjectState }) => subjectState.loop],
    subject: ['STRING', ({ subjectState }) => subjectState.subject],
    artifact: ['STRING', ({ subjectState }) => subjectState.artifact],
    counter: ['INT32', ({ subjectState }) => subjectState.counter],
    updated_at: ['TIMESTAMP', ({ subjectState }) => new Date(subjectState.updatedAt)],
  },
  release: {
    id: ['STRING', ({ release }) => release.id],
    loop: ['STRING', ({ release }) => release.loop],
    artifact: ['STRING', ({ release }) => release.artifact],
    release_step: ['STRING', ({ release }) => release.step],
    at: ['TIMESTAMP', ({ release }) => new Date(release.at)],
  },
  loop: {
    id: ['STRING', ({ loop }) => loop.id],
    loop: ['STRING', ({ loop }) => loop.name],
    loop_version: ['STRING', ({ loop }) => loop.version],
    created_at: ['TIMESTAMP', ({ loop }) => new Date(loop.createdAt)],
  },
  dataset: {
    id: ['STRING', ({ dataset }) => dataset.id],
    loop: ['STRING', ({ dataset }) => dataset.loop],
    name: ['STRING', ({ dataset }) => dataset.name],
    format: ['STRING', ({ dataset }) => dataset.format],
    created_at: ['TIMESTAMP', ({ dataset }) => new Date(dataset.createdAt)],
  },
  experiment: {
    id: ['STRING', ({ experiment }) => experiment.id],
    loop: ['STRING', ({ experiment }) => experiment.loop],
    loop_version: ['STRING', ({ experiment }) => experiment.loopVersion],
    name: ['STRING', ({ experiment }) => experiment.name],
    status: ['STRING', ({ experiment }) => experiment.status],
    winner: ['STRING', ({ experiment }) => experiment.end?.winner ?? null],
    started_at: ['TIMESTAMP', ({ experiment }) => new Date(experiment.startedAt)],
    ended_at: ['TIMESTAMP', ({ experiment }) => toDate(experiment.end?.at ?? null)],
  },
  assignment: {
    id: ['STRING', ({ assignment }) => assignment.id],
    experiment: ['STRING', ({ assignment }) => assignment.experiment],
    subject: ['STRING', ({ assignment }) => assignment.subject],
    arm: ['STRING', ({ assignment }) => assignment.arm],
    first_seen_at: ['TIMESTAMP', ({ assignment }) => new Date(assignment.firstSeenAt)],
  },
  evaluationReport: {
    id: ['STRING', ({ evaluationReport }) => evaluationReport.id],
    loop: ['STRING', ({ evaluationReport }) => evaluationReport.loop],
    artifact: ['STRING', ({ evaluationReport }) => evaluationReport.artifact],
    report: ['STRING', ({ evaluationReport }) => evaluationReport.kind],
    verdict: ['STRING', ({ evaluationReport }) => evaluationReport.verdict.outcome],
    created_at: ['TIMESTAMP', ({ evaluationReport }) => new Date(evaluationReport.createdAt)],
  },
  job: {
    id: ['STRING', ({ job }) => job.id],
    loop: ['STRING', ({ job }) => job.loop],
    job_kind: ['STRING', ({ job }) => job.kind],
    status: ['STRING', ({ job }) => job.status],
    created_at: ['TIMESTAMP', ({ job }) => new Date(job.createdAt)],
  },
};

export interface Column {
  readonly name: string;
  readonly type: ColumnType;
  readonly data: Scalar[];
}

/** The columns of these rows: those of the kinds that are there, empty where a row's kind has no such column. */
export function columnsOf(rows: readonly Row[]): Column[] {
  const kinds = [...new Set(rows.map(({ kind }) => kind))];
  const types = new Map(
    kinds.flatMap((kind) =>
      Object.entries<ColumnRule<never>>(rules[kind]).map(([name, [type]]) => [name, type] as const),
    ),
  );
  const columns: Column[] = [...types].map(([name, type]) => ({
    name,
    type,
    data: rows.map((row) => valueOf(row, name)),
  }));
  return [{ name: 'kind', type: 'STRING', data: rows.map(({ kind }) => kind) }, ...columns];
}

function valueOf<Kind extends RowKind>(row: RowOf<Kind> & { readonly kind: Kind }, name: string): Scalar {
  const rule: ColumnRule<Kind> | undefined = rules[row.kind][name];
  return rule === undefined ? null : rule[1](row);
}

function toDate(time: string | null): Date | null {
  return time === null ? null : new Date(time);
}

function firstItem(action: Action): string | null {
  if (action.type === 'choice') return action.item;
  return action.type === 'slate' ? (action.items[0] ?? null) : null;
}

function itemOf(target: FeedbackTarget): string | null {
  return 'item' in target ? (target.item ?? null) : null;
}

function firstOf(targets: readonly FeedbackTarget[], take: (target: FeedbackTarget) => string | null): string | null {
  return targets.map(take).find((found) => found !== null) ?? null;
}

function numberOf(value: FeedbackValue): number | null {
  if (value.type === 'number') return value.number;
  return value.type === 'probability' ? value.probability : null;
}

function textOf(value: FeedbackValue): string | null {
  if (value.type === 'category') return value.category;
  return value.type === 'text' ? value.text : null;
}
