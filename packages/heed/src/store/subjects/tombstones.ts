import { sql } from 'drizzle-orm';
import { z } from 'zod';
import { HeedError } from '../../spec/index.ts';
import type { Executor } from '../transaction.ts';
import { forgetSubject } from './forget.ts';
import { hashSubject } from './sealing.ts';

/** That somebody was forgotten: a salted hash of the subject, and the id of the key that was destroyed. */
const tombstoneSchema = z.object({
  id: z.string(),
  salt: z.base64(),
  subjectHash: z.base64(),
  subjectKey: z.string().nullable(),
  forgottenAt: z.string(),
  counts: z.record(z.string(), z.number()),
  artifacts: z.array(z.string()),
});
export type Tombstone = z.infer<typeof tombstoneSchema>;

/**
 * Reads what `heed subjects forgotten --json` wrote.
 * @throws HeedError `invalid-input` for anything else.
 */
export function readTombstones(text: string): Tombstone[] {
  try {
    return z.object({ forgotten: z.array(tombstoneSchema) }).parse(JSON.parse(text)).forgotten;
  } catch (cause) {
    throw new HeedError(
      'invalid-input',
      'cannot read who was forgotten, as the file must be what `heed subjects forgotten --json` wrote: it is not',
      { cause },
    );
  }
}

export async function listTombstones(executor: Executor): Promise<Tombstone[]> {
  const { rows } = await executor.execute<Tombstone>(
    sql`select id, encode(salt, 'base64') as salt, encode(subject_hash, 'base64') as "subjectHash", subject_key as "subjectKey",
          to_char(forgotten_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as "forgottenAt", counts, artifacts
        from heed.forgotten order by forgotten_at, id`,
  );
  return rows;
}

/**
 * Forgets again whoever an older backup has brought back: subjects whose key is there though a tombstone names it,
 * and, of those who had no key, the ones that the hash fits.
 *
 * @returns how many were there.
 */
export async function applyTombstones(transaction: Executor, tombstones: readonly Tombstone[]): Promise<number> {
  const { rows } = await transaction.execute<{ id: string | null; subject: string }>(
    sql`select k.id, s.subject from (select subject from heed.decision where subject is not null
          union select subject from heed.feedback where subject is not null union select subject from heed.subject_state
          union select subject from heed.subject_key) s left join heed.subject_key k on k.subject = s.subject`,
  );
  let applied = 0;
  for (const { id, salt, subjectHash, subjectKey, forgottenAt } of tombstones) {
    const found = rows.find(({ id: key, subject }) =>
      subjectKey === null
        ? key === null && hashSubject(Buffer.from(salt, 'base64'), subject).equals(Buffer.from(subjectHash, 'base64'))
        : key === subjectKey,
    );
    if (found === undefined) continue;
    await forgetSubject(transaction, { id, subject: found.subject, at: forgottenAt });
    applied += 1;
  }
  return applied;
}
