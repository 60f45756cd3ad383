import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { HeedError } from '../../spec/index.ts';

/** A subject's key as the table holds it: plain, or under the master key that `master` names. */
export interface KeptKey {
  readonly id: string;
  readonly content: Buffer;
  readonly master: Buffer | null;
}

/** Puts subjects' keys under the operator's master key, where there is one. */
export interface MasterKey {
  /** Of the key that new content is put under; `null`: content stays plain. */
  readonly name: Buffer | null;
  /** Of all keys that content is opened with, in hexadecimal. */
  readonly names: readonly string[];
  readonly wrap: (id: string, content: Uint8Array) => Pick<KeptKey, 'content' | 'master'>;
  /** @throws HeedError `invalid-configuration` where the key lies under a master key that is not given. */
  readonly unwrap: (kept: KeptKey) => Uint8Array;
}

const keyBytes = 32;
const nonceBytes = 12;
const tagBytes = 16;
const nameBytes = 8;

/**
 * Reads master keys of 32 bytes in hexadecimal or base64: content is put under the first one, and opened with whichever it
 * lies under. Left out, subjects' keys are kept plain.
 *
 * @throws HeedError `invalid-configuration` for any other text.
 */
export function createMasterKey(texts: string | readonly string[] | undefined): MasterKey {
  const given = [texts ?? []].flat().filter((text) => text !== '');
  const keys = given.map((text, index) =>
    readKey(text, given.length === 1 ? '' : ` (${index + 1} of ${given.length})`),
  );
  const named = new Map(keys.map((key) => [nameOf(key).toString('hex'), key]));
  const [first] = keys;
  return {
    name: first === undefined ? null : nameOf(first),
    names: [...named.keys()],
    wrap: (id, content) =>
      first === undefined
        ? { content: Buffer.from(content), master: null }
        : { content: encrypt(first, id, content), master: nameOf(first) },
    unwrap({ id, content, master }) {
      if (master === null) return content;
      const key = named.get(master.toString('hex'));
      if (key !== undefined) return decrypt(key, id, content);
      throw new HeedError(
        'invalid-configuration',
        `cannot use a subject's key, as the master key must be the one that it lies under (${master.toString('hex')}): ${named.size === 0 ? 'none is given' : `given ${named.size === 1 ? 'is' : 'are'} ${[...named.keys()].join(', ')}`}`,
      );
    },
  };
}

function readKey(text: string, which: string): Buffer {
  const key = /^[0-9a-f]{64}$/i.test(text) ? Buffer.from(text, 'hex') : Buffer.from(text, 'base64');
  if (key.length === keyBytes) return key;
  throw new HeedError(
    'invalid-configuration',
    `cannot open the store, as the master key${which} must be ${keyBytes} bytes in hexadecimal or base64: it has ${key.length}`,
  );
}

/** Tells keys apart, and says nothing of them. */
function nameOf(key: Uint8Array): Buffer {
  return createHash('sha256').update('heed master key').update(key).digest().subarray(0, nameBytes);
}

function encrypt(key: Uint8Array, id: string, content: Uint8Array): Buffer {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(id));
  return Buffer.concat([nonce, cipher.update(content), cipher.final(), cipher.getAuthTag()]);
}

function decrypt(key: Uint8Array, id: string, content: Buffer): Buffer {
  const decipher = createDecipheriv('aes-256-gcm', key, content.subarray(0, nonceBytes));
  decipher.setAAD(Buffer.from(id)).setAuthTag(content.subarray(content.length - tagBytes));
  return Buffer.concat([decipher.update(content.subarray(nonceBytes, content.length - tagBytes)), decipher.final()]);
}
