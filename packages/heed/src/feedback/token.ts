import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { HeedError, targetKey } from '../spec/index.ts';
import type { Feedback } from '../spec/index.ts';

/** What a feedback token lets its holder do: judge this decision, as this subject, until then. */
export interface TokenPayload {
  readonly decision: string;
  readonly loop: string;
  readonly subject: string | null;
  /** Epoch milliseconds, whole. */
  readonly expiresAt: number;
}

const formatVersion = 1;
const signatureBytes = 32;
const leastSecretBytes = 16;
/** Version, decision, expiry, length of the loop's name, whether there is a subject. */
const headBytes = 1 + 16 + 6 + 1 + 1;

/**
 * Signs a token: base64url of a packed payload and its HMAC-SHA-256. It needs no escaping in a URL or an e-mail,
 * and takes 76 characters and 4/3 of the bytes of the loop's name and the subject.
 *
 * @throws RangeError where the secret is shorter than 16 bytes or the expiry is no whole number of milliseconds.
 */
export function signToken(secret: KeyObject, { decision, loop, subject, expiresAt }: TokenPayload): string {
  if (!Number.isSafeInteger(expiresAt) || expiresAt < 0 || expiresAt >= 2 ** 48) {
    throw new RangeError(
      `cannot sign a token, as expiresAt must be whole epoch milliseconds below 2^48: it is ${expiresAt}`,
    );
  }
  const name = Buffer.from(loop);
  const head = Buffer.alloc(headBytes);
  head.writeUInt8(formatVersion, 0);
  head.write(decision.replaceAll('-', ''), 1, 'hex');
  head.writeUIntBE(expiresAt, 17, 6);
  head.writeUInt8(name.length, 23);
  head.writeUInt8(subject === null ? 0 : 1, 24);
  const body = Buffer.concat([head, name, Buffer.from(subject ?? '')]);
  return Buffer.concat([body, sign(secret, body)]).toString('base64url');
}

/**
 * Checks a token and reads it.
 *
 * @param now epoch milliseconds.
 * @throws HeedError `token-invalid` for a token that this secret did not sign, `token-expired` from its expiry on.
 */
export function readToken(secret: KeyObject, token: string, now: number): TokenPayload {
  const bytes = Buffer.from(token, 'base64url');
  const body = bytes.subarray(0, Math.max(0, bytes.length - signatureBytes));
  const signed =
    bytes.length - body.length === signatureBytes && timingSafeEqual(bytes.subarray(body.length), sign(secret, body));
  // One token has one spelling: stray characters, which the decoder skips, are no part of it.
  if (
    !signed ||
    bytes.toString('base64url') !== token ||
    body.length < headBytes ||
    body.readUInt8(0) !== formatVersion
  ) {
    throw new HeedError(
      'token-invalid',
      'cannot take this token, as it must be one that this server signed: it is not',
    );
  }
  const expiresAt = body.readUIntBE(17, 6);
  if (now >= expiresAt)
    throw new HeedError(
      'token-expired',
      `cannot take this token, as it must be used before ${new Date(expiresAt).toISOString()}: it is later`,
    );
  const subjectAt = headBytes + body.readUInt8(23);
  const hex = body.toString('hex', 1, 17);
  return {
    decision: [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-'),
    loop: body.toString('utf8', headBytes, subjectAt),
    subject: body.readUInt8(24) === 0 ? null : body.toString('utf8', subjectAt),
    expiresAt,
  };
}

/**
 * The idempotency key of what a token is used for: one per decision, subject, name of the feedback (or kind, where it
 * has no name) and thing judged. Two uses with equal keys are one use.
 */
export function tokenUseKey(
  { decision, subject }: TokenPayload,
  { kind, name, targets }: Pick<Feedback, 'kind' | 'name' | 'targets'>,
): string {
  // A position is how an item is found, not what it is: the key of a target leaves it out.
  const use = [decision, subject, kind === 'retraction' ? kind : null, name ?? kind, targets.map(targetKey)];
  return `token:${createHash('sha256').update(JSON.stringify(use)).digest('base64url')}`;
}

function sign(secret: KeyObject, body: Uint8Array): Buffer {
  const { symmetricKeySize: bytes = 0 } = secret;
  if (bytes < leastSecretBytes)
    throw new RangeError(
      `cannot sign a token, as the secret must have ${leastSecretBytes} bytes at least: it has ${bytes}`,
    );
  return createHmac('sha256', secret).update('heed feedback token\n').update(body).digest();
}
