import { createSecretKey } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isHeedError } from '../spec/index.ts';
import type { HeedErrorCode } from '../spec/index.ts';
import { readToken, signToken, tokenUseKey } from './token.ts';
import type { TokenPayload } from './token.ts';

const secret = secretOf(32, 7);
const decision = '01890000-0000-7000-8000-00000000000a';
const payload: TokenPayload = { decision, loop: 'papers', subject: 'reader-17', expiresAt: 1_800_000_000_123 };

function secretOf(bytes: number, byte: number) {
  return createSecretKey(new Uint8Array(bytes).fill(byte));
}

const uuid = fc.uuid();
const payloads: fc.Arbitrary<TokenPayload> = fc.record(
  {
    decision: uuid,
    loop: fc.stringMatching(/^[A-Za-z][A-Za-z0-9_.-]{0,99}$/),
    subject: fc.option(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 })),
    expiresAt: fc.integer({ min: 1, max: 2 ** 48 - 1 }),
  },
  { noNullPrototype: true },
);

describe('tokens', () => {
  test('give back what was signed, until they expire', () => {
    fc.assert(
      fc.property(payloads, (given) => {
        const token = signToken(secret, given);
        expect(readToken(secret, token, given.expiresAt - 1)).toStrictEqual(given);
        expect(codeOf(() => readToken(secret, token, given.expiresAt))).toBe('token-expired');
      }),
    );
  });

  test('take 25 bytes, the loop, the subject and the signature', () => {
    // (25 + 6 + 9 + 32) bytes · 4/3 characters.
    expect(signToken(secret, payload)).toHaveLength(96);
    expect(signToken(secret, { ...payload, loop: 'a'.repeat(30), subject: decision })).toMatch(/^[\w-]{164}$/);
  });

  test('are refused with any character changed, cut or added', () => {
    const token = signToken(secret, payload);
    for (let at = 0; at < token.length; at += 1) {
      const other = token[at] === 'A' ? 'B' : 'A';
      expect(codeOf(() => readToken(secret, `${token.slice(0, at)}${other}${token.slice(at + 1)}`, 0))).toBe(
        'token-invalid',
      );
      expect(codeOf(() => readToken(secret, token.slice(0, at), 0))).toBe('token-invalid');
    }
    expect(codeOf(() => readToken(secret, `${token}=`, 0))).toBe('token-invalid');
    expect(codeOf(() => readToken(secret, ` ${token}`, 0))).toBe('token-invalid');
  });

  test('are refused where another secret signed them', () => {
    expect(codeOf(() => readToken(secretOf(32, 8), signToken(secret, payload), 0))).toBe('token-invalid');
  });

  test('need a secret of 16 bytes and an expiry that fits', () => {
    expect(() => signToken(secretOf(15, 7), payload)).toThrow(RangeError);
    expect(() => signToken(secret, { ...payload, expiresAt: 0.5 })).toThrow(RangeError);
  });
});

describe('tokenUseKey', () => {
  const upvote = { kind: 'reaction', name: 'upvote', targets: [{ type: 'item', decision, item: 'p1' }] } as const;
  const key = (change: object, by: TokenPayload = payload) =>
    tokenUseKey(by, { ...upvote, targets: [...upvote.targets], ...change });

  test('is one per subject, name, item and decision', () => {
    const keys = [
      key({}),
      key({ name: 'love' }),
      key({ name: null }),
      key({ kind: 'retraction' }),
      key({ targets: [{ type: 'item', decision, item: 'p2' }] }),
      key({}, { ...payload, subject: null }),
      key({}, { ...payload, decision: '01890000-0000-7000-8000-00000000000b' }),
    ];
    expect(new Set(keys).size).toBe(keys.length);
  });

  test('does not depend on the position or on the expiry, and fits an idempotency key', () => {
    expect(key({ targets: [{ type: 'item', decision, item: 'p1', position: 3 }] }, { ...payload, expiresAt: 1 })).toBe(
      key({}),
    );
    expect(key({}).length).toBeLessThanOrEqual(256);
  });
});

function codeOf(act: () => unknown): HeedErrorCode | 'none' {
  try {
    act();
  } catch (error) {
    if (isHeedError(error)) return error.code;
    throw error;
  }
  return 'none';
}
