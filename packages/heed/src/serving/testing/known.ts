import fc from 'fast-check';
import { oddText } from './from-schema.ts';
import type { Known } from './from-schema.ts';

const unknown = '019b9294-2a3b-7000-8000-00000000dead';

/** What of a loop's rows requests may name. */
export interface NamedRows {
  readonly decisions: string;
  readonly feedback: string;
  readonly episodes: string;
  readonly artifacts: string;
  readonly jobs: string;
  readonly keys: string;
  readonly token: string;
  readonly subject: string;
}

/** Values of fields that a schema leaves open, or that name rows: those of both loops, and such that nobody has. */
export function knownValues(rows: readonly NamedRows[]): Known {
  const named = (...fields: (keyof NamedRows)[]): fc.Arbitrary<string> =>
    fc.oneof(
      { weight: 9, arbitrary: fc.constantFrom(...rows.flatMap((row) => fields.map((field) => row[field]))) },
      { weight: 1, arbitrary: fc.oneof(fc.constant(unknown), fc.uuid()) },
    );
  const anyText = (...usual: string[]): fc.Arbitrary<string> =>
    fc.oneof(
      { weight: 9, arbitrary: fc.constantFrom(...usual) },
      { weight: 1, arbitrary: oddText.filter((text) => text.length > 0 && text.length < 200) },
    );
  const item = anyText('plain-one', 'plain-two', 'plain-three', 'hello');
  const features = fc.oneof(
    fc.record({ tone: anyText('warm'), rank: fc.nat(9) }, { requiredKeys: ['tone'] }),
    fc.record({ topic: anyText('roofs') }),
  );
  return {
    // Rows of every kind, as many routes call theirs `id`; a decision may bring its own.
    id: fc.oneof(
      named('decisions', 'feedback', 'episodes', 'artifacts', 'jobs', 'keys', 'subject'),
      fc.uuid({ version: 7 }),
    ),
    loop: fc.oneof(
      { weight: 20, arbitrary: fc.constantFrom('greeting', 'page') },
      { weight: 1, arbitrary: fc.constant('nowhere') },
    ),
    decision: named('decisions'),
    episode: named('episodes'),
    parent: named('episodes'),
    artifact: named('artifacts'),
    token: named('token'),
    subject: anyText('plain', 'ann', 'bob'),
    item,
    features,
    context: fc.oneof(fc.record({ hour: fc.nat(23) }), fc.constant({})),
    name: anyText('thumb', 'stars', 'upvote', 'ann'),
    idempotencyKey: anyText('a', 'b', 'c'),
    loops: fc.oneof(fc.constant(['greeting']), fc.constant(['page']), fc.constant(['greeting', 'page'])),
    after: fc.oneof({ weight: 4, arbitrary: named('decisions', 'feedback') }, { weight: 1, arbitrary: oddText }),
    limit: fc.oneof({ weight: 4, arbitrary: fc.integer({ min: 1, max: 30 }) }, { weight: 1, arbitrary: fc.integer() }),
  };
}
