import type { Executor } from '../transaction.ts';
import type { SubjectKeys } from './keys.ts';
import { keyIdOf, seal, unseal } from './sealing.ts';
import type { SubjectKey } from './sealing.ts';

/** Seals what is kept about a subject, for the state of this id. */
export function sealStatistics(key: SubjectKey, id: string, statistics: Uint8Array): Buffer {
  return seal(key, `subject state ${id}`, statistics);
}

/** Opens what is kept about a subject; `null` where nothing is sealed in the row, or its key is gone. */
export async function openStatistics(
  executor: Executor,
  keys: SubjectKeys,
  { id, sealed }: { readonly id: string; readonly sealed: Buffer | null },
): Promise<Uint8Array | null> {
  if (sealed === null) return null;
  const keyId = keyIdOf(sealed);
  const key = (await keys.byId(executor, [keyId])).get(keyId);
  return key === undefined ? null : new Uint8Array(unseal(key, `subject state ${id}`, sealed));
}
