import { randomBytes, randomUUID } from 'node:crypto';
import { sql } from 'drizzle-orm';
import type pg from 'pg';
import type { Executor } from '../transaction.ts';
import type { KeptKey, MasterKey } from './master-key.ts';
import type { SubjectKey } from './sealing.ts';

/** Keys kept in memory for writing: of the subjects that were written for lately. */
const keptKeys = 20_000;

export interface SubjectKeys {
  /**
   * The keys of these subjects, made where there are none, for rows of the same transaction. A key may be one that was
   * destroyed since it was last used: rows are to be stored only where it is there, and `drop` says that it is not.
   */
  readonly forWriting: (client: pg.ClientBase, subjects: Iterable<string>) => Promise<Map<string, SubjectKey>>;
  /** The key of one subject, made where there is none, and kept from being destroyed until the transaction ends. */
  readonly hold: (transaction: Executor, subject: string) => Promise<SubjectKey>;
  /** Those of these keys that are there: always asked for, so that what was forgotten is unreadable at once. */
  readonly byId: (executor: Executor, ids: Iterable<string>) => Promise<Map<string, SubjectKey>>;
  /** Forgets which key a subject had. */
  readonly drop: (subject: string) => void;
}

interface KeptRow extends KeptKey {
  readonly subject: string;
}

/** The keys under which what is personal lies: one per subject. */
export function createSubjectKeys(master: MasterKey, clock: () => number): SubjectKeys {
  // A Map keeps the order of insertion: its first key is the one used longest ago.
  const known = new Map<string, SubjectKey>();

  function keep(subject: string, key: SubjectKey): void {
    known.delete(subject);
    known.set(subject, key);
    const [oldest] = known.keys();
    if (known.size > keptKeys && oldest !== undefined) known.delete(oldest);
  }

  function make(subject: string): { key: SubjectKey; row: KeptRow } {
    const key = { id: randomUUID(), content: randomBytes(32) };
    return { key, row: { id: key.id, subject, ...master.wrap(key.id, key.content) } };
  }

  const toKey = (row: KeptKey): SubjectKey => ({ id: row.id, content: master.unwrap(row) });
  const now = (): string => new Date(clock()).toISOString();

  async function makeOrFind(client: pg.ClientBase, subjects: readonly string[]): Promise<void> {
    const made = new Map(subjects.map((subject) => [subject, make(subject)]));
    const rows = [...made.values()].map(({ row }) => row);
    const { rows: inserted } = await client.query<{ subject: string }>({
      name: 'heed-subject-keys',
      text: `insert into heed.subject_key (id, subject, content, master, created_at)
             select id, subject, decode(content, 'base64'), decode(master, 'base64'), $5::timestamptz
             from unnest($1::uuid[], $2::text[], $3::text[], $4::text[]) as new (id, subject, content, master)
             on conflict (subject) do nothing returning subject`,
      values: [
        rows.map(({ id }) => id),
        rows.map(({ subject }) => subject),
        rows.map(({ content }) => content.toString('base64')),
        rows.map(({ master: name }) => name?.toString('base64') ?? null),
        now(),
      ],
    });
    for (const { subject } of inserted) {
      const mine = made.get(subject);
      if (mine !== undefined) keep(subject, mine.key);
      made.delete(subject);
    }
    if (made.size === 0) return;
    const { rows: found } = await client.query<KeptRow>(
      'select id, subject, content, master from heed.subject_key where subject = any($1::text[])',
      [[...made.keys()]],
    );
    for (const row of found) keep(row.subject, toKey(row));
  }

  return {
    async forWriting(client, subjects) {
      const wanted = new Set(subjects);
      // In one order for all processes: two groups with the same new subjects then wait for each other, and never deadlock.
      const unknown = [...wanted].filter((subject) => !known.has(subject)).toSorted();
      if (unknown.length > 0) await makeOrFind(client, unknown);
      const keys = new Map<string, SubjectKey>();
      for (const subject of wanted) {
        const key = known.get(subject);
        if (key === undefined) continue;
        keep(subject, key);
        keys.set(subject, key);
      }
      return keys;
    },
    async hold(transaction, subject) {
      const { row } = make(subject);
      await transaction.execute(
        sql`insert into heed.subject_key (id, subject, content, master, created_at)
            values (${row.id}, ${subject}, ${row.content}, ${row.master}, ${now()}) on conflict (subject) do nothing`,
      );
      const { rows } = await transaction.execute<KeptRow & Record<string, unknown>>(
        sql`select id, subject, content, master from heed.subject_key where subject = ${subject} for key share`,
      );
      const [found] = rows;
      if (found === undefined)
        throw new Error(`cannot seal content, as its subject's key must be there: it was destroyed meanwhile`);
      return toKey(found);
    },
    async byId(executor, ids) {
      const wanted = [...new Set(ids)];
      if (wanted.length === 0) return new Map();
      const { rows } = await executor.execute<KeptKey & Record<string, unknown>>(
        sql`select id, content, master from heed.subject_key where id = any(${sql.param(wanted)}::uuid[])`,
      );
      return new Map(rows.map((row) => [row.id, toKey(row)]));
    },
    drop: (subject) => void known.delete(subject),
  };
}
