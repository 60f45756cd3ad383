import fc from 'fast-check';
import type { Given } from './asking.ts';
import { oddText } from './from-schema.ts';
import type { Known } from './from-schema.ts';

const unknown = '019b9294-2a3b-7000-8000-00000000dead';

/** What of the loops' rows requests may name, by the folder of their routes. */
export interface NamedRows {
  readonly decisions: string[];
  readonly feedback: string[];
  readonly episodes: string[];
  readonly artifacts: string[];
  readonly jobs: string[];
  readonly keys: string[];
  readonly tokens: string[];
}

/** The newest rows that requests name. */
const mostNamed = 40;

/** Values of fields that a schema leaves open, or that name rows: those of both loops, and such that nobody has. */
export function knownValues(rows: NamedRows): Known {
  // Which row it is comes out when the request is made, as rows come while requests are.
  const named = (folder: keyof NamedRows): fc.Arbitrary<string> =>
    fc.oneof(
      { weight: 9, arbitrary: fc.nat().map((place) => rows[folder][place % rows[folder].length] ?? unknown) },
      { weight: 1, arbitrary: fc.oneof(fc.constant(unknown), fc.uuid()) },
    );
  const short = oddText.filter((text) => text.length > 0 && text.length < 200);
  const mostly = (...usual: string[]): fc.Arbitrary<string> =>
    fc.oneof({ weight: 19, arbitrary: fc.constantFrom(...usual) }, { weight: 1, arbitrary: short });
  const item = mostly('plain-one', 'plain-two', 'plain-three');
  const loop = fc.oneof(
    { weight: 20, arbitrary: fc.constantFrom('greeting', 'page') },
    { weight: 1, arbitrary: fc.constant('nowhere') },
  );
  const decision = named('decisions');
  const token = named('tokens');
  const judged = fc.constantFrom({ name: 'thumb' }, { name: 'stars', value: 4 }, { kind: 'comment', value: 'so so' });
  const features = fc.record({ tone: mostly('warm'), rank: fc.nat(9) }, { requiredKeys: ['tone'] });
  const context = fc.record({ hour: fc.nat(23) });
  const event = mostly('event-1', 'event-2', 'event-3', 'event-4', 'event-5');
  const ranked = fc.tuple(
    ...['a', 'b', 'c'].map((id) => fc.record({ id: fc.constant(id), features: fc.tuple(features) })),
  );
  const inline = ['a', 'b', 'c'].map((name) => fc.record({ item: fc.constant(name), features }));
  return {
    ...Object.fromEntries(
      (['decisions', 'feedback', 'episodes', 'artifacts', 'jobs', 'keys'] as const).map((folder) => [
        `/${folder}`,
        named(folder),
      ]),
    ),
    '/subjects': mostly('plain', 'ann', 'bob'),
    'subject': mostly('plain', 'ann', 'bob'),
    // A decision may bring its own.
    'id': fc.oneof({ weight: 5, arbitrary: fc.uuid({ version: 7 }) }, { weight: 1, arbitrary: decision }),
    loop,
    decision,
    token,
    item,
    'episode': named('episodes'),
    'parent': named('episodes'),
    'artifact': named('artifacts'),
    features,
    context,
    'name': mostly('thumb', 'stars', 'ann'),
    'idempotencyKey': mostly('a', 'b', 'c'),
    'loops': fc.constantFrom(['greeting'], ['page'], ['greeting', 'page']),
    'after': fc.oneof({ weight: 4, arbitrary: decision }, { weight: 1, arbitrary: oddText }),
    'limit': fc.oneof(
      { weight: 4, arbitrary: fc.integer({ min: 1, max: 30 }) },
      { weight: 1, arbitrary: fc.integer() },
    ),
    'FeedbackRequest': fc
      .tuple(fc.oneof(fc.record({ loop, decision, item }), fc.record({ loop, decision }), fc.record({ token })), judged)
      .map(([target, judgement]) => ({ ...target, ...judgement })),
    'TokenFeedback': fc.tuple(fc.record({ token }), judged).map(([by, judgement]) => ({ ...by, ...judgement })),
    'DecideRequest': fc.record({ context, candidates: fc.tuple(...inline) }),
    'eventId': event,
    'version': mostly('v1.1-preview.1', 'v1.1-preview.2', 'v1.1-preview.3', 'v1.0'),
    'contextFeatures': fc.tuple(context),
    'PersonalizerAction': fc.record({
      id: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
      features: fc.tuple(features),
    }),
    'PersonalizerRankRequest': fc.record(
      { actions: ranked, contextFeatures: fc.tuple(context), eventId: event, deferActivation: fc.boolean() },
      { requiredKeys: ['actions', 'contextFeatures'] },
    ),
    'PersonalizerMultiSlotRankRequest': fc.record(
      {
        actions: ranked,
        contextFeatures: fc.tuple(context),
        slots: fc.constant([
          { id: 'main', baselineAction: 'a' },
          { id: 'side', baselineAction: 'b', excludedActions: ['c'] },
        ]),
        eventId: event,
        deferActivation: fc.boolean(),
      },
      { requiredKeys: ['actions', 'contextFeatures', 'slots'] },
    ),
    'PersonalizerReward': fc.record({ value: fc.constantFrom(-1, 0, 1) }),
    'PersonalizerMultiSlotReward': fc.record({
      reward: fc.array(fc.record({ slotId: fc.constantFrom('main', 'side'), value: fc.constantFrom(0, 1) }), {
        minLength: 1,
        maxLength: 2,
      }),
    }),
    'RecordRequest': fc.record({
      context,
      candidates: fc.tuple(...inline),
      action: fc.constantFrom({ type: 'choice', item: 'a' }, { type: 'slate', items: ['b', 'c'] }),
      probability: fc.constant(0.5),
    }),
  };
}

const madeBy: { readonly [operation: string]: readonly [folder: keyof NamedRows, path: readonly string[]][] } = {
  decide: [
    ['decisions', ['decision']],
    ['tokens', ['token']],
  ],
  record: [['decisions', ['decision']]],
  startEpisode: [['episodes', ['id']]],
  createKey: [['keys', ['key', 'id']]],
  giveTokenFeedback: [['feedback', ['feedback']]],
};

/** Adds the rows that answers tell of to those that requests name. */
export function learnRows(rows: NamedRows, answers: readonly Given[]): void {
  for (const { asked, status, text, type } of answers) {
    if (status >= 300 || type !== 'application/json' || asked.method === 'HEAD') continue;
    for (const [folder, path] of madeBy[asked.operation] ?? []) {
      let found: unknown = JSON.parse(text);
      for (const step of path) found = (found as { readonly [field: string]: unknown } | undefined)?.[step];
      if (typeof found !== 'string') continue;
      rows[folder].push(found);
      if (rows[folder].length > mostNamed) rows[folder].splice(0, 1);
    }
  }
}
