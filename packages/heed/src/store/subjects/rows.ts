import type pg from 'pg';
import { HeedError, isPlainText } from '../../spec/index.ts';
import type { JsonObject } from '../../spec/index.ts';
import type { Executor } from '../transaction.ts';
import { RetryGroup } from '../writer.ts';
import type { SubjectKeys } from './keys.ts';
import type { SplitBody } from './personal.ts';
import { keyIdOf, seal, unseal } from './sealing.ts';

/** A row that is about to be stored. */
export interface RowToSeal {
  readonly id: string;
  /** Under whose key its personal part goes; `null`: it stays as it is. */
  readonly keeper: string | null;
  readonly body: JsonObject;
}

/** A row's body as text, its sealed part in base64, and the key's id. */
export interface SealedRow {
  readonly body: string;
  readonly sealed: string | null;
  readonly key: string | null;
}

/** Seals what is personal in rows that have a subject. */
export async function sealRows(
  client: pg.ClientBase,
  keys: SubjectKeys,
  kind: 'decision' | 'feedback',
  split: (body: JsonObject) => SplitBody,
  rows: readonly RowToSeal[],
): Promise<SealedRow[]> {
  for (const { id, keeper } of rows)
    if (keeper !== null && !isPlainText(keeper))
      throw new HeedError(
        'invalid-input',
        `cannot store the ${kind} ${id}, as its subject must be well-formed text without NUL: it is ${JSON.stringify(keeper)}`,
      );
  const parts = rows.map(({ keeper, body }) => (keeper === null ? { body, personal: null } : split(body)));
  const keepers = rows.flatMap(({ keeper }, index) =>
    keeper === null || parts[index]?.personal === null ? [] : [keeper],
  );
  const found = keepers.length === 0 ? new Map() : await keys.forWriting(client, keepers);
  return rows.map(({ id, keeper }, index) => {
    const { body = {}, personal = null } = parts[index] ?? {};
    const key = keeper === null || personal === null ? undefined : found.get(keeper);
    if (personal !== null && key === undefined)
      throw new RetryGroup(`cannot store the ${kind} ${id}, as its subject must have a key: it has none`);
    return {
      body: JSON.stringify(body),
      sealed: key === undefined ? null : seal(key, `${kind} ${id}`, JSON.stringify(personal)).toString('base64'),
      key: key?.id ?? null,
    };
  });
}

/**
 * Starts the group over where a key that it used was destroyed: the rows that named it were not stored.
 * @throws RetryGroup
 */
export async function requireKeys(
  client: pg.ClientBase,
  keys: SubjectKeys,
  rows: readonly RowToSeal[],
  sealed: readonly SealedRow[],
): Promise<void> {
  const used = [...new Set(sealed.flatMap(({ key }) => key ?? []))];
  if (used.length === 0) return;
  const { rows: found } = await client.query<{ id: string }>(
    'select id from heed.subject_key where id = any($1::uuid[])',
    [used],
  );
  if (found.length === used.length) return;
  const there = new Set(found.map(({ id }) => id));
  sealed.forEach(({ key }, index) => {
    const keeper = rows[index]?.keeper;
    if (key !== null && !there.has(key) && keeper !== null && keeper !== undefined) keys.drop(keeper);
  });
  throw new RetryGroup('cannot store the rows, as the keys of their subjects must be there: some were destroyed');
}

/** A row as it is read: with its body whole again, or marked as forgotten. */
export interface OpenedRow<Row> {
  readonly row: Row;
  readonly body: JsonObject;
  readonly forgotten: boolean;
}

/** Opens what was sealed; a row whose key is gone keeps what is not personal. */
export async function openRows<
  Row extends {
    readonly id: string;
    readonly body: JsonObject;
    readonly sealed: Buffer | null;
    readonly forgotten: boolean | null;
  },
>(
  executor: Executor,
  keys: SubjectKeys,
  kind: 'decision' | 'feedback',
  rows: readonly Row[],
): Promise<OpenedRow<Row>[]> {
  const found = await keys.byId(
    executor,
    rows.flatMap(({ sealed, forgotten }) => (sealed === null || forgotten === true ? [] : [keyIdOf(sealed)])),
  );
  return rows.map((row) => {
    const { id, body, sealed, forgotten } = row;
    if (forgotten === true) return { row, body, forgotten: true };
    if (sealed === null) return { row, body, forgotten: false };
    const key = found.get(keyIdOf(sealed));
    if (key === undefined) return { row, body, forgotten: true };
    try {
      const personal = JSON.parse(unseal(key, `${kind} ${id}`, sealed).toString()) as JsonObject;
      return { row, body: { ...body, ...personal }, forgotten: false };
    } catch (cause) {
      throw new HeedError(
        'internal',
        `cannot read the ${kind} ${id}, as its sealed part must be as it was stored: it is not`,
        { cause },
      );
    }
  });
}
