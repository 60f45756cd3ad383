import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';

/** A subject's key: 256 bits for AES-GCM, and the id under which rows name it. */
export interface SubjectKey {
  readonly id: string;
  readonly content: Uint8Array;
}

const formatVersion = 1;
const idBytes = 16;
const nonceBytes = 12;
const tagBytes = 16;
const headBytes = 1 + idBytes + nonceBytes;

/**
 * Encrypts content under a subject's key with AES-256-GCM. `about` (which row it belongs to) is bound to it, so that
 * what was sealed for one row cannot be put into another.
 *
 * Layout: format version (1 byte), key id (16), nonce (12), ciphertext, tag (16).
 */
export function seal({ id, content }: SubjectKey, about: string, plain: Uint8Array | string): Buffer {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv('aes-256-gcm', content, nonce).setAAD(Buffer.from(about));
  const head = Buffer.allocUnsafe(1 + idBytes);
  head[0] = formatVersion;
  head.write(id.replaceAll('-', ''), 1, 'hex');
  const encrypted = typeof plain === 'string' ? cipher.update(plain, 'utf8') : cipher.update(plain);
  return Buffer.concat([head, nonce, encrypted, cipher.final(), cipher.getAuthTag()]);
}

/**
 * Decrypts what `seal` gave.
 * @throws Error where the key or `about` is another, or a byte was changed.
 */
export function unseal({ content }: SubjectKey, about: string, sealed: Uint8Array): Buffer {
  const decipher = createDecipheriv('aes-256-gcm', content, sealed.subarray(1 + idBytes, headBytes));
  decipher.setAAD(Buffer.from(about)).setAuthTag(sealed.subarray(sealed.length - tagBytes));
  return Buffer.concat([decipher.update(sealed.subarray(headBytes, sealed.length - tagBytes)), decipher.final()]);
}

/**
 * The id of the key under which content was sealed.
 * @throws TypeError where the bytes are nothing sealed, or of a format version that this code does not know.
 */
export function keyIdOf(sealed: Uint8Array): string {
  if (sealed.length < headBytes + tagBytes || sealed[0] !== formatVersion) {
    throw new TypeError(
      `cannot read sealed content, as its format version must be ${formatVersion}: it is ${sealed[0] ?? 'missing'}`,
    );
  }
  const digits = Buffer.from(sealed.subarray(1, 1 + idBytes)).toString('hex');
  return `${digits.slice(0, 8)}-${digits.slice(8, 12)}-${digits.slice(12, 16)}-${digits.slice(16, 20)}-${digits.slice(20)}`;
}

/** SHA-256 over salt and subject: says of a name whether it is this one, and nothing else. */
export function hashSubject(salt: Uint8Array, subject: string): Buffer {
  return createHash('sha256').update(salt).update(subject).digest();
}
