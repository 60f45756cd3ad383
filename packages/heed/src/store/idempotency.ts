import { sql } from 'drizzle-orm';
import type pg from 'pg';
import { HeedError } from '../spec/index.ts';
import { digestOf } from './identity.ts';
import type { Executor } from './transaction.ts';
import { RetryGroup } from './writer.ts';

/** What is written in groups. */
export type HotKind = 'decision' | 'feedback' | 'activation';
export type IdempotentKind = HotKind | 'episode' | 'release' | 'experiment';

/** A caller's key for a request, and what the request said: its bytes, or a hash of them. */
export interface Idempotency {
  readonly key: string;
  readonly payload: string;
}

export interface Claim {
  readonly kind: IdempotentKind;
  readonly loop: string;
  readonly key: string;
  readonly payload: string;
  readonly record: string;
}

/** What a key named before: the record stored for it, and whether that request said the same. */
export interface EarlierUse {
  readonly record: string;
  readonly samePayload: boolean;
}

/** One digest per (kind, loop, key). */
export function idempotencyDigest(kind: IdempotentKind, loop: string, key: string): string {
  return digestOf(kind, loop, key);
}

/** Claims the keys in this transaction; returns, by index, the earlier use of those that were taken. */
export async function claimKeys(
  client: pg.ClientBase,
  claims: readonly (Claim | null)[],
): Promise<Map<number, EarlierUse>> {
  const earlier = new Map<number, EarlierUse>();
  const first = new Map<string, { claim: Claim; payload: string }>();
  const digests = claims.map(
    (claim) => claim && { key: idempotencyDigest(claim.kind, claim.loop, claim.key), payload: digestOf(claim.payload) },
  );
  claims.forEach((claim, index) => {
    const digest = digests[index];
    if (!claim || !digest) return;
    const before = first.get(digest.key);
    if (before) earlier.set(index, { record: before.claim.record, samePayload: before.payload === digest.payload });
    else first.set(digest.key, { claim, payload: digest.payload });
  });
  if (first.size === 0) return earlier;
  // In one order for all processes: two groups that share keys then wait for each other, and never deadlock.
  const sorted = [...first].toSorted(([a], [b]) => (a < b ? -1 : 1));
  const { rows: claimed } = await client.query<{ key: string }>({
    name: 'heed-claim-keys',
    text: `insert into heed.idempotency (key, payload, record, loop)
           select * from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[]) on conflict (key) do nothing returning key`,
    values: [
      sorted.map(([key]) => key),
      sorted.map(([, { payload }]) => payload),
      sorted.map(([, { claim }]) => claim.record),
      sorted.map(([, { claim }]) => claim.loop),
    ],
  });
  if (claimed.length === sorted.length) return earlier;
  const ours = new Set(claimed.map(({ key }) => key));
  const taken = await findKeys(
    client,
    sorted.map(([key]) => key).filter((key) => !ours.has(key)),
  );
  if (taken.size + claimed.length < sorted.length)
    throw new RetryGroup('cannot claim the keys, as those that are taken must be there: one was deleted meanwhile');
  digests.forEach((digest, index) => {
    const use = digest && taken.get(digest.key);
    if (use) earlier.set(index, { record: use.record, samePayload: use.payload === digest.payload });
  });
  return earlier;
}

/**
 * Claims one key within a transaction: `null` where it is new.
 * @returns the id of the record that an earlier request with this key and the same content made.
 * @throws HeedError `idempotency-conflict` where that request said something else.
 */
export async function claimKey(transaction: Executor, claim: Claim): Promise<string | null> {
  const key = idempotencyDigest(claim.kind, claim.loop, claim.key);
  const payload = digestOf(claim.payload);
  const { rows: claimed } = await transaction.execute(
    sql`insert into heed.idempotency (key, payload, record, loop) values (${key}, ${payload}, ${claim.record}, ${claim.loop})
        on conflict (key) do nothing returning key`,
  );
  if (claimed.length > 0) return null;
  const { rows } = await transaction.execute<{ payload: string; record: string }>(
    sql`select payload, record from heed.idempotency where key = ${key}`,
  );
  if (rows[0]?.payload !== payload) throw idempotencyConflict(claim.kind, claim.key);
  return rows[0].record;
}

/** The stored uses of these key digests. */
export async function findKeys(
  client: pg.ClientBase | pg.Pool,
  keys: string[],
): Promise<Map<string, { payload: string; record: string }>> {
  const { rows } = await client.query<{ key: string; payload: string; record: string }>(
    'select key, payload, record from heed.idempotency where key = any($1::uuid[])',
    [keys],
  );
  return new Map(rows.map(({ key, payload, record }) => [key, { payload, record }]));
}

/** The error of a key that was used with another request. */
export function idempotencyConflict(what: string, key: string): HeedError {
  return new HeedError(
    'idempotency-conflict',
    `cannot store the ${what}, as an idempotency key must stand for one request: "${key}" was used for another one`,
  );
}
