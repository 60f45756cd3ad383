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
  readonly wrap: (id: string, content: Uint8Array) => Pick<KeptKey, 'content' | 'master'>;
  /** @throws HeedError `invalid-configuration` where the key lies under another master key, or under one that is not given. */
  readonly unwrap: (kept: KeptKey) => Uint8Array;
}

const keyBytes = 32;
const nonceBytes = 12;
const tagBytes = 16;
const nameBytes = 8;

/**
 * Reads a master key of 32 bytes in hexadecimal or base64; left out, subjects' keys are kept plain.
 * @throws HeedError `invalid-configuration` for any other text.
 */
export function createMasterKey(text: string | undefined): MasterKey {
  if (text === undefined || text === '') return plain;
  const key = /^[0-9a-f]{64}$/i.test(text) ? Buffer.from(text, 'hex') : Buffer.from(text, 'base64');
  if (key.length !== keyBytes) {
    throw new HeedError(
      'invalid-configuration',
      `cannot open the store, as the master key must be ${keyBytes} bytes in hexadecimal or base64: it has ${key.length}`,
    );
  }
  const name = createHash('sha256').update('heed master key').update(key).digest().subarray(0, nameBytes);
  return {
    wrap(id, content) {
      const nonce = randomBytes(nonceBytes);
      const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(id));
      return {
        content: Buffer.concat([nonce, cipher.update(content), cipher.final(), cipher.getAuthTag()]),
        master: name,
      };
    },
    unwrap({ id, content, master }) {
      if (master === null) return content;
      if (!master.equals(name)) throw refused('the one that it was sealed with: it is another');
      const decipher = createDecipheriv('aes-256-gcm', key, content.subarray(0, nonceBytes));
      decipher.setAAD(Buffer.from(id)).setAuthTag(content.subarray(content.length - tagBytes));
      return Buffer.concat([
        decipher.update(content.subarray(nonceBytes, content.length - tagBytes)),
        decipher.final(),
      ]);
    },
  };
}

const plain: MasterKey = {
  wrap: (_id, content) => ({ content: Buffer.from(content), master: null }),
  unwrap({ content, master }) {
    if (master !== null) throw refused('given, since it lies under one: it is missing');
    return content;
  },
};

function refused(must: string): HeedError {
  return new HeedError('invalid-configuration', `cannot use a subject's key, as the master key must be ${must}`);
}
