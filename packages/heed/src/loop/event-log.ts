import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import type { HeedEvent } from './heed.ts';
import type { Context } from './context.ts';
import { currentSnapshot, happeningTypes, readHappenings } from '../store/index.ts';

/** More than this many events are not told one by one: whoever was away so long reads again what it follows. */
const mostMissed = 1_000;
const snapshotForm = /^\d{1,20}:\d{1,20}:(\d{1,20}(,\d{1,20})*)?$/;

/** Events of the past, by a mark that stands for a moment of the store. */
export interface EventLog {
  /** A mark of now. It is sealed: how much happens on the store is not everybody's to know. */
  mark(): Promise<string>;
  /** What was committed since a mark; `null` where the mark is none of ours, or too much was. */
  since(mark: string): Promise<HeedEvent[] | null>;
}

export function createEventLog({ store, clock, tokenSecret }: Context): EventLog {
  const key = createHash('sha256').update('heed event marks').update(tokenSecret.export()).digest();

  function seal(text: string): string {
    const nonce = randomBytes(12);
    const cipher = createCipheriv('aes-256-gcm', key, nonce);
    const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
    return Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString('base64url');
  }

  function open(mark: string): string | null {
    const bytes = Buffer.from(mark, 'base64url');
    if (bytes.length < 29) return null;
    try {
      const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, 12));
      decipher.setAuthTag(bytes.subarray(12, 28));
      const text = Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]).toString('utf8');
      return snapshotForm.test(text) ? text : null;
    } catch {
      return null;
    }
  }

  return {
    mark: async () => seal(await currentSnapshot(store.pool)),
    async since(mark) {
      const since = open(mark);
      if (since === null) return null;
      const upTo = await currentSnapshot(store.pool);
      const limit = mostMissed + 1;
      const happened = await readHappenings(store.pool, { types: happeningTypes, since, upTo, limit });
      if (happened.length > mostMissed) return null;
      const at = new Date(clock()).toISOString();
      return happened.map(({ type, loop, id }) => ({ type, loop, id, at }));
    },
  };
}
