import { createHash, randomBytes } from 'node:crypto';
import { HeedError } from '../spec/index.ts';
import type { ApiKey, Scope } from '../spec/index.ts';
import type { StoredKey } from '../store/index.ts';
import type { Context } from './context.ts';

/** What a server knows of keys is never older than this: a revoked one is refused in every process soon after. */
const knownForMs = 1_000;
/** A key that is not known may have been made a moment ago by another process: then it is looked for, but no oftener than this. */
const askAgainMs = 50;
/** A key's last use is written once in this time. */
const useEveryMs = 60_000;
const secretBytes = 32;
const shownCharacters = 9;

export const keyDefaults = { graceMs: 24 * 3_600_000 } as const;

export interface NewKey {
  readonly name: string;
  readonly scopes: readonly Scope[];
  /** The loops that it may see. Left out: all of them. */
  readonly loops?: readonly string[] | undefined;
  /** Who makes it. */
  readonly by: string;
}

/** A key with its secret, which is shown this once. */
export interface MadeKey {
  readonly key: ApiKey;
  readonly secret: string;
}

export interface Keys {
  create(request: NewKey): Promise<MadeKey>;
  /** Every key that ever was, oldest first. */
  list(): Promise<ApiKey[]>;
  get(id: string): Promise<ApiKey>;
  /** Makes a key of the same scopes and loops; the old one holds for `graceMs` more (default: a day). */
  rotate(id: string, request: { readonly by: string; readonly graceMs?: number | undefined }): Promise<MadeKey>;
  /** From now on the key is refused, in every process within two seconds. */
  revoke(id: string): Promise<ApiKey>;
  /**
   * The key of a secret, which counts as used now.
   *
   * @throws HeedError `key-invalid` where there is none that holds.
   */
  authenticate(secret: string): Promise<ApiKey>;
}

/** Makes, ends and recognises API keys. */
export function createKeys({ store, clock, newId, log }: Pick<Context, 'store' | 'clock' | 'newId' | 'log'>): Keys {
  let known = new Map<string, StoredKey>();
  let knownAt = -Infinity;
  let asking: Promise<void> | null = null;
  const usedAt = new Map<string, number>();

  async function ask(): Promise<void> {
    const at = performance.now();
    const keys = await store.keys.list();
    known = new Map(keys.map((key) => [key.hash, key]));
    knownAt = at;
  }

  /** Reads the keys, unless they are younger than that; requests at the same time share one reading. */
  async function refresh(olderThanMs: number): Promise<void> {
    if (performance.now() - knownAt < olderThanMs) return;
    asking ??= ask().finally(() => (asking = null));
    await asking;
  }

  async function find(id: string): Promise<StoredKey> {
    const key = await store.keys.get(id);
    if (key === null)
      throw new HeedError('not-found', `cannot find the key ${id}, as it must be in the store: it is not`);
    return key;
  }

  function draft({ name, scopes, loops, by }: NewKey, replaces: string | null): { stored: StoredKey; secret: string } {
    const secret = `heed_${randomBytes(secretBytes).toString('base64url')}`;
    const stored: StoredKey = {
      id: newId(),
      name,
      start: secret.slice(0, shownCharacters),
      hash: hashOf(secret),
      scopes: [...new Set(scopes)],
      loops: loops === undefined ? null : [...new Set(loops)],
      createdAt: now(),
      createdBy: by,
      replaces,
      endsAt: null,
      endsWhy: null,
      usedAt: null,
    };
    return { stored, secret };
  }

  function now(afterMs = 0): string {
    return new Date(clock() + afterMs).toISOString();
  }

  function noteUse({ id }: StoredKey): void {
    const at = clock();
    if (at - (usedAt.get(id) ?? -Infinity) < useEveryMs) return;
    usedAt.set(id, at);
    // Nobody waits for it: a request is not refused because this could not be written.
    store.keys.used(id, new Date(at).toISOString()).catch((error: unknown) => {
      log(`cannot write when the key ${id} was used: ${String(error)}`);
    });
  }

  return {
    async create(request) {
      if (request.scopes.length === 0) throw new RangeError('cannot make a key, as it must have a scope: it has none');
      if (request.loops?.length === 0) throw new RangeError('cannot make a key, as it must see a loop: it sees none');
      const { stored, secret } = draft(request, null);
      await store.keys.insert(stored);
      knownAt = -Infinity;
      return { key: shown(stored), secret };
    },
    list: async () => (await store.keys.list()).map(shown),
    get: async (id) => shown(await find(id)),
    async rotate(id, { by, graceMs = keyDefaults.graceMs }) {
      const old = await find(id);
      if (old.endsAt !== null)
        throw new HeedError(
          'invalid-input',
          `cannot rotate the key ${id}, as it must still hold: it was ${old.endsWhy} already`,
        );
      const { name, scopes, loops } = old;
      const { stored, secret } = draft({ name, scopes, by, ...(loops === null ? {} : { loops }) }, id);
      await store.transaction(async (transaction) => {
        await store.keys.insert(stored, transaction);
        await store.keys.end({ id: newId(), key: id, endsAt: now(graceMs), why: 'rotated' }, transaction);
      });
      knownAt = -Infinity;
      return { key: shown(stored), secret };
    },
    async revoke(id) {
      const { endsAt } = await find(id);
      if (endsAt === null || endsAt > now())
        await store.keys.end({ id: newId(), key: id, endsAt: now(), why: 'revoked' });
      knownAt = -Infinity;
      return shown(await find(id));
    },
    async authenticate(secret) {
      await refresh(knownForMs);
      const hash = hashOf(secret);
      if (!known.has(hash)) await refresh(askAgainMs);
      const key = known.get(hash);
      if (key === undefined || (key.endsAt !== null && key.endsAt <= now()))
        throw new HeedError('key-invalid', 'cannot let this request in, as its key must be one that holds: it is not');
      noteUse(key);
      return key;
    },
  };
}

/**
 * A plain SHA-256 is right here, where a password would need a slow and salted hash: the secret is 256 random bits, which nobody
 * can guess however fast they hash, and no two are alike. Looking it up by its hash tells nothing by its timing either.
 */
function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

function shown({ hash: _hash, ...key }: StoredKey): ApiKey {
  return key;
}
