import { expect, test } from 'vitest';
import { HeedError, errorCodes, isHeedError } from './errors.ts';
import type { HeedErrorCode } from './errors.ts';

const page = new URL('../../../../docs/guide/errors.md', import.meta.url).pathname;

/** What each code says, and what to do about it: a new code does not compile without. */
const meanings: Record<HeedErrorCode, string> = {
  'key-required': 'This server asks for a key (`Authorization: Bearer …`), and none came.',
  'key-invalid': 'The key is not one of this store, was revoked, or was rotated and its grace is over.',
  'forbidden':
    'A page of another site asked, the request named the server otherwise than as this machine, or the key lacks the scope.',
  'not-found': 'There is no loop, decision, artifact, file or route of that name.',
  'invalid-input': 'What was sent does not fit; the message names the field and what it must be.',
  'invalid-configuration': 'The configuration cannot be used; the message names the loop and the field.',
  'idempotency-conflict': 'An idempotency key or an id came again with another content. Give each request its own.',
  'loop-version-conflict':
    'A process that runs another version of the loop is there. Stop it, or give both the same configuration.',
  'artifact-not-promotable': 'Only policies can be put into service.',
  'nothing-to-roll-back': 'Nothing served before what serves now.',
  'experiment-conflict':
    'An experiment runs in the loop, or a release is on its way in it: one excludes the other. Or an experiment of that name was there before, or has ended.',
  'token-invalid': 'The feedback token was not signed by this store, or was used for another decision than its own.',
  'token-expired': 'The feedback token is too old: it lives for the attribution window and a day.',
  'already-judged': 'The token said this of this item before, with another value.',
  'not-replayable': 'The decision has no seed or no candidates: a baseline or somebody else made it.',
  'learner-needs-unmet': 'The learner needs what this loop does not have, as the probability of free actions.',
  'store-newer-than-code': 'A newer Heed has used the store, or written the backup. Update Heed.',
  'store-not-durable': 'The database does not wait for its disk. Turn `fsync` and `synchronous_commit` on.',
  'store-not-empty': 'Only an empty store can be filled, and only an empty folder can take a backup.',
  'store-unavailable': 'PostgreSQL cannot be reached, does not start, or is older than version 15.',
  'storage-full': 'The disk of PostgreSQL is full: nothing more is stored, but what is there can be read. Make room.',
  'rate-limited':
    'Too many requests of this key, subject or address in a minute. `Retry-After` says when to come back.',
  'request-timeout': 'The request took too long to arrive.',
  'overloaded': 'More waits than can be held, or other trainings keep taking the signals. Try again later.',
  'deadline-exceeded': 'The client has waited as long as it was allowed to.',
  'unreachable': 'Nobody answered, or somebody other than Heed did. Said by the client alone.',
  'internal': 'Something that Heed did not foresee: the log of the process says what.',
};

const preface = `# Errors

A condition that a caller can handle is a \`HeedError\` with a stable \`code\`: a code never changes its meaning.
The message says what could not be done, what had to be so, and what it is: it is for people and may change.

\`\`\`ts check
import { isHeedError } from 'heed';

/** True where the same call may succeed later. */
export function isWorthAnotherTry(error: unknown): boolean {
  return isHeedError(error) && error.retryable;
}

/** True where a key or an id came with another content. */
export function isConflict(error: unknown): boolean {
  return isHeedError(error, 'idempotency-conflict');
}
\`\`\`

Over HTTP an error is a problem document (RFC 9457, \`application/problem+json\`) with the code as \`code\` and the message as \`detail\`; where a body does not fit, \`errors\` lists the places. The client throws a \`ClientError\`, which is a \`HeedError\` with the document as \`problem\`. The command line prints the code behind its sentence, and in \`--json\` as \`error.code\`.

A mistake in a call within a program, as a number out of range, is a \`TypeError\` or a \`RangeError\` and has no code.
`;

function table(): string {
  const rows = Object.entries(errorCodes).map(
    ([code, { status, retryable }]) =>
      `| \`${code}\` | ${status} | ${retryable ? 'yes' : 'no'} | ${meanings[code as HeedErrorCode]} |`,
  );
  return ['| code | HTTP status | retry may help | meaning |', '| --- | --- | --- | --- |', ...rows].join('\n');
}

/** The same table with columns of equal width, as the formatter leaves it. */
function aligned(text: string): string {
  const rows = text.split('\n').map((line) => line.slice(2, -2).split(' | '));
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  return rows
    .map((row) => {
      const cells = row.map((cell, column) => cell.padEnd(widths[column] ?? 0, cell === '---' ? '-' : ' '));
      return `| ${cells.join(' | ')} |`;
    })
    .join('\n');
}

test('the page about errors says what the table says', async () => {
  await expect(`${preface}\n${aligned(table())}\n`).toMatchFileSnapshot(page);
});

test('an error carries its code, status and retryability', () => {
  expect(new HeedError('overloaded', 'cannot store')).toMatchObject({
    name: 'HeedError',
    code: 'overloaded',
    status: 503,
    retryable: true,
  });
});

test('an error of another copy of the module is told by its name and code', () => {
  const other = Object.assign(new Error('cannot'), { name: 'HeedError', code: 'not-found' });
  expect([isHeedError(other), isHeedError(other, 'not-found'), isHeedError(other, 'internal')]).toEqual([
    true,
    true,
    false,
  ]);
  expect([isHeedError(new Error('cannot')), isHeedError({ name: 'HeedError', code: 'not-found' })]).toEqual([
    false,
    false,
  ]);
});
