import { randomBytes } from 'node:crypto';
import { sql } from 'drizzle-orm';
import type { JsonObject } from '../../spec/index.ts';
import { channelName } from '../notifications.ts';
import type { Executor } from '../transaction.ts';
import { whileNobodyWrites } from './lock.ts';
import { splitDecision, splitFeedback } from './personal.ts';
import { hashSubject } from './sealing.ts';

export interface Forgetting {
  /** Of the row that says so. */
  readonly id: string;
  readonly subject: string;
  /** ISO time. */
  readonly at: string;
}

export interface ForgottenSubject {
  readonly decisions: number;
  readonly feedback: number;
  readonly signals: number;
  readonly subjectStates: number;
  /** Policies and models trained on the subject's signals, and those that were trained on from them. */
  readonly artifacts: string[];
  /** Others' decisions that the subject had judged: what they were worth is to be derived anew. */
  readonly judged: string[];
}

type Row = Record<string, unknown>;

/**
 * Forgets a subject: destroys its key, deletes what artifacts keep about it, and takes its name out of every row. Ids,
 * times, items, probabilities and numbers stay. Whoever writes for the subject meanwhile has either committed before and
 * is covered, or starts over with a new key.
 */
export async function forgetSubject(transaction: Executor, { id, subject, at }: Forgetting): Promise<ForgottenSubject> {
  const { rows: keys } = await transaction.execute<Row & { id: string }>(
    sql`select id from heed.subject_key where subject = ${subject} for update`,
  );
  const key = keys[0]?.id ?? null;
  const decisions = new Set<string>();
  const feedback = new Set<string>();
  // Most rows are changed while others still write; what these have added is then few.
  await takeNameOut(transaction, subject, key, decisions, feedback);
  await transaction.execute(sql.raw(whileNobodyWrites));
  await takeNameOut(transaction, subject, key, decisions, feedback);

  const states = await deleteStates(transaction, subject);
  const judged = await judgedBy(transaction, [...feedback], decisions);
  const artifacts = await trainedOn(transaction, [...decisions], judged, [...feedback]);
  const signals = await setSignalsAside(transaction, [...decisions]);
  await renameAssignments(transaction, subject, `forgotten ${id}`);
  await transaction.execute(sql`delete from heed.subject_key where subject = ${subject}`);
  const counts = { decisions: decisions.size, feedback: feedback.size, signals, subjectStates: states };
  if (key !== null || decisions.size + feedback.size + states > 0) {
    const salt = randomBytes(16);
    await transaction.execute(
      sql`insert into heed.forgotten (id, salt, subject_hash, subject_key, forgotten_at, counts, artifacts)
          values (${id}, ${salt}, ${hashSubject(salt, subject)}, ${key}, ${at}, ${JSON.stringify(counts)}, ${sql.param(artifacts)}::uuid[])
          on conflict (id) do nothing`,
    );
  }
  return { ...counts, artifacts, judged };
}

/** The arms stay. Bodies are changed here, as PostgreSQL's functions refuse some characters that JSON may hold. */
async function renameAssignments(transaction: Executor, subject: string, name: string): Promise<void> {
  const { rows } = await transaction.execute<Row & { id: string; body: JsonObject }>(
    sql`select id, body from heed.assignment where subject = ${subject}`,
  );
  if (rows.length === 0) return;
  await transaction.execute(
    sql`update heed.assignment as old set subject = ${name}, body = new.body
          from unnest(${sql.param(rows.map((row) => row.id))}::uuid[],
            ${sql.param(rows.map(({ body }) => JSON.stringify({ ...body, subject: name })))}::json[]) as new (id, body)
          where old.id = new.id`,
  );
}

async function takeNameOut(
  transaction: Executor,
  subject: string,
  key: string | null,
  decisions: Set<string>,
  feedback: Set<string>,
): Promise<void> {
  for (const { id } of await scrub(transaction, 'decision', sql`subject = ${subject}`)) decisions.add(id);
  for (const { id } of await scrub(transaction, 'feedback', sql`subject = ${subject}`)) feedback.add(id);
  await transaction.execute(
    sql`update heed.idempotency set payload = gen_random_uuid() where record = any(${sql.param([...decisions, ...feedback])}::uuid[])`,
  );
  if (key === null) return;
  // Words about the subject's decisions by nobody in particular: they lie under its key.
  const digits = Buffer.from(key.replaceAll('-', ''), 'hex');
  await transaction.execute(
    sql`update heed.feedback set forgotten = true where forgotten is null and substring(sealed from 2 for 16) = ${digits}
          and id in (select feedback from heed.feedback_target where target = any(${sql.param([...decisions])}::uuid[]))`,
  );
}

/** Takes the name out of rows, and the words out of those that were written before there were keys. */
async function scrub(
  transaction: Executor,
  kind: 'decision' | 'feedback',
  where: ReturnType<typeof sql>,
): Promise<{ id: string }[]> {
  const table = sql.raw(`heed.${kind}`);
  const { rows } = await transaction.execute<Row & { id: string; body: JsonObject | null }>(
    sql`update ${table} set subject = null, forgotten = true where ${where}
        returning id, case when sealed is null then body end as body`,
  );
  const split = kind === 'decision' ? splitDecision : splitFeedback;
  const plain = rows.flatMap(({ id, body }) => (body === null ? [] : [{ id, body: JSON.stringify(split(body).body) }]));
  if (plain.length > 0) {
    await transaction.execute(
      sql`update ${table} as old set body = new.body from unnest(${sql.param(plain.map(({ id }) => id))}::uuid[],
            ${sql.param(plain.map(({ body }) => body))}::json[]) as new (id, body) where old.id = new.id`,
    );
  }
  return rows;
}

async function deleteStates(transaction: Executor, subject: string): Promise<number> {
  const { rows } = await transaction.execute<Row & { loop: string; statistics: Buffer; plain: boolean }>(
    sql`delete from heed.subject_state where subject = ${subject} returning loop, statistics, sealed is null as plain`,
  );
  const blobs = rows.filter(({ plain }) => plain).map(({ statistics }) => statistics.toString('hex'));
  if (blobs.length > 0) {
    await transaction.execute(
      sql`delete from heed.blob b where encode(b.hash, 'hex') = any(${sql.param(blobs)}::text[])
            and not exists (select from heed.subject_state s where s.statistics = b.hash)`,
    );
  }
  for (const loop of new Set(rows.map((row) => row.loop))) {
    await transaction.execute(sql`select pg_notify(${channelName('subject')}, ${JSON.stringify({ loop, subject })})`);
  }
  return rows.length;
}

/** Decisions of others that this feedback judges, directly or through feedback that it is about. */
async function judgedBy(
  transaction: Executor,
  feedback: readonly string[],
  own: ReadonlySet<string>,
): Promise<string[]> {
  const { rows } = await transaction.execute<Row & { id: string }>(
    sql`with recursive about (target) as (
          select target from heed.feedback_target where feedback = any(${sql.param([...feedback])}::uuid[])
          union select t.target from about a join heed.feedback_target t on t.feedback = a.target)
        select d.id from about a join heed.decision d on d.id = a.target`,
  );
  return rows.map(({ id }) => id).filter((id) => !own.has(id));
}

/** What learned from signals of these decisions, or from signals made of this feedback; and what descends from that. */
async function trainedOn(
  transaction: Executor,
  decisions: readonly string[],
  judged: readonly string[],
  feedback: readonly string[],
): Promise<string[]> {
  const { rows } = await transaction.execute<Row & { id: string }>(
    sql`with recursive learned (id) as (
          select u.artifact from heed.signal_use u join heed.signal s on s.id = u.signal
          where u.lineage not like 'subjects:%' and (s.decision = any(${sql.param([...decisions])}::uuid[])
            or (s.decision = any(${sql.param([...judged])}::uuid[]) and exists (
              select from json_array_elements_text(s.body->'feedback') as given (id) where given.id = any(${sql.param([...feedback])}::text[]))))
          union select a.id from learned l join heed.artifact a on a.body->'lineage'->>'parent' = l.id::text)
        select id from learned order by id`,
  );
  return rows.map(({ id }) => id);
}

/** Signals stay as counts; none of them is due or waits to be used any more. */
async function setSignalsAside(transaction: Executor, decisions: readonly string[]): Promise<number> {
  const { rows } = await transaction.execute<Row & { count: string }>(
    sql`with found as (select derivation, target_hash from heed.signal where decision = any(${sql.param([...decisions])}::uuid[])),
          gone as (delete from heed.signal_newest n using found f where n.derivation = f.derivation and n.target_hash = f.target_hash)
        select count(*) from found`,
  );
  return Number(rows[0]?.count ?? 0);
}
