import { HeedError, isHeedError } from '../spec/index.ts';
import type { FeedbackTarget } from '../spec/index.ts';
import type { Context } from './context.ts';
import { createEpisodes } from './episodes.ts';
import { exportLines, exportRows, importRows } from './exchange/index.ts';
import type { Row as ExchangeRow } from './exchange/index.ts';
import type { FeedbackRequest, Heed, LimitedHeed, ListOptions, Page } from './heed.ts';
import { takeFeedback } from './intake.ts';

interface Row {
  readonly id: string;
  readonly loop: string | null;
}

const defaultLimit = 50;

/**
 * The same Heed as somebody sees it who may see some loops only: what is of another loop is answered as what does not exist.
 * Loops that are not configured are not there for anybody.
 */
export function limitTo(heed: Heed, context: Context, names: readonly string[]): LimitedHeed {
  const loops = new Map([...context.loops].filter(([name]) => names.includes(name)));
  const limited: Context = { ...context, loops };
  const { store } = context;
  const list = [...loops.keys()];
  const sees = ({ loop }: Pick<Row, 'loop'>): boolean => loop !== null && loops.has(loop);

  function named(loop: string): string {
    if (loops.has(loop)) return loop;
    throw new HeedError(
      'not-found',
      `cannot find the loop, as its name must be one of ${list.join(', ')}: it is ${loop}`,
    );
  }

  /** The row, where it is of a loop that is seen; the error is the one for a row that is not there. */
  async function seen<Found extends Pick<Row, 'loop'>>(what: string, id: string, row: Promise<Found>): Promise<Found> {
    const found = await row.catch((error: unknown) => {
      if (isHeedError(error, 'not-found')) return null;
      throw error;
    });
    if (found !== null && sees(found)) return found;
    throw new HeedError('not-found', `cannot find the ${what} ${id}, as it must be in the store: it is not`);
  }

  async function decision(id: string): Promise<void> {
    const row = store.decisions.get(id).then((found) => found ?? { loop: null });
    await seen('decision', id, row);
  }

  async function experiment<Result>(id: string, work: () => Promise<Result>): Promise<Result> {
    const row = store.experiments.get(id).then((found) => found ?? { loop: null });
    await seen('experiment', id, row);
    return work();
  }

  /** One page over all loops that are seen, or over the one that is asked for. */
  async function page<Found extends Row, Options extends ListOptions>(
    ask: (options: Options) => Promise<Page<Found>>,
    options: Options = {} as Options,
  ): Promise<Page<Found>> {
    const limit = options.limit ?? defaultLimit;
    const asked = options.loop === undefined ? list : list.filter((name) => name === options.loop);
    const pages = await Promise.all(asked.map((loop) => ask({ ...options, loop })));
    const rows = pages
      .flatMap((each) => each.rows)
      .filter(sees)
      .toSorted((a, b) => (a.id < b.id ? 1 : -1))
      .slice(0, limit);
    return { rows, next: rows.length === limit ? (rows.at(-1)?.id ?? null) : null };
  }

  /** What is judged may be unknown yet, but is not of another loop. */
  async function requireTargets({
    token,
    decision: judged,
    targets = [],
  }: Pick<FeedbackRequest, 'token' | 'decision' | 'targets'>): Promise<void> {
    if (token !== undefined) return;
    const all: readonly FeedbackTarget[] =
      judged === undefined ? targets : [...targets, { type: 'decision', decision: judged }];
    for (const target of all) {
      const found = await targetOf(context, target);
      if (found !== null && !sees(found))
        throw new HeedError(
          'not-found',
          'cannot take this feedback, as what it is about must be in the store: it is not',
        );
    }
  }

  /** An artifact, a release or a signal of one loop may reach into another: only what was decided and said is taken. */
  async function vet(row: ExchangeRow): Promise<void> {
    if (row.kind === 'feedback') return requireTargets(row.feedback);
    const { artifact = null, episode = null } = row.kind === 'decision' ? row.decision : {};
    const [made, task] = [
      artifact === null ? null : await store.artifacts.get(artifact),
      episode === null ? null : await store.episodes.get(episode),
    ];
    if (row.kind === 'decision' && [made, task].every((found) => found === null || sees(found))) return;
    throw new HeedError(
      'invalid-input',
      `cannot import a row of the kind ${row.kind}, as a key of some loops may bring their decisions and feedback only: it is another, or names what is not theirs`,
    );
  }

  const episodes = createEpisodes(limited);
  return {
    decide: (loop, request) => heed.decide(named(loop), request),
    decideBatch: (loop, requests) => heed.decideBatch(named(loop), requests),
    record: (loop, request) => heed.record(named(loop), request),
    async feedback(requests) {
      await Promise.all(requests.map((request) => requireTargets(request as FeedbackRequest)));
      return takeFeedback(limited, requests as readonly FeedbackRequest[]);
    },
    async activate(id, more) {
      await decision(id);
      return heed.activate(id, more);
    },
    loops: {
      list: () => Promise.all(list.map((name) => heed.loops.get(name))),
      get: async (name) => heed.loops.get(named(name)),
    },
    decisions: {
      async get(id) {
        await decision(id);
        const detail = await heed.decisions.get(id);
        return { ...detail, feedback: detail.feedback.filter(sees), signals: detail.signals.filter(sees) };
      },
      list: (options) => page((query) => heed.decisions.list(query), options),
      async explain(id, more) {
        await decision(id);
        return heed.decisions.explain(id, more);
      },
      async replay(id) {
        await decision(id);
        return heed.decisions.replay(id);
      },
    },
    feedbacks: {
      get: (id) => seen('feedback', id, heed.feedbacks.get(id)),
      list: async (options) => {
        if (options?.decision === undefined) return page((query) => heed.feedbacks.list(query), options);
        const { rows, next } = await heed.feedbacks.list(options);
        return { rows: rows.filter(sees), next };
      },
    },
    episodes: {
      start: (request) => episodes.start(request),
      async end(id, request) {
        await seen('episode', id, episodes.get(id));
        return episodes.end(id, request);
      },
      get: (id) => seen('episode', id, episodes.get(id)),
      list: (options) => page((query) => episodes.list(query), options),
    },
    artifacts: {
      get: (id) => seen('artifact', id, heed.artifacts.get(id)),
      list: (options) => page((query) => heed.artifacts.list(query), options),
      releases: async (loop) => heed.artifacts.releases(named(loop)),
      async promote(id, request) {
        await seen('artifact', id, heed.artifacts.get(id));
        return heed.artifacts.promote(id, request);
      },
      rollback: async (loop, request) => heed.artifacts.rollback(named(loop), request),
    },
    releases: {
      candidate: async (loop) => heed.releases.candidate(named(loop)),
      pass: async (loop, request) => heed.releases.pass(named(loop), request),
      reject: async (loop, request) => heed.releases.reject(named(loop), request),
      async dryRun(id, options) {
        await seen('artifact', id, heed.artifacts.get(id));
        return heed.releases.dryRun(id, options);
      },
      evidence: (id) => seen('evidence of the release', id, heed.releases.evidence(id)),
    },
    experiments: {
      list: (options) => page((query) => heed.experiments.list(query), options),
      get: (id) => experiment(id, () => heed.experiments.get(id)),
      start: async (request) => heed.experiments.start({ ...request, loop: named(request.loop) }),
      stop: (id, request) => experiment(id, () => heed.experiments.stop(id, request)),
      conclude: (id, request) => experiment(id, () => heed.experiments.conclude(id, request)),
    },
    jobs: {
      get: (id) => seen('job', id, heed.jobs.get(id)),
      list: (options) => page((query) => heed.jobs.list(query), options),
      train: async (loop) => heed.jobs.train(named(loop)),
    },
    evaluations: {
      get: (id) => seen('evaluation', id, heed.evaluations.get(id)),
      list: (options) => page((query) => heed.evaluations.list(query), options),
      async queue(loop, request) {
        if (request?.artifact !== undefined)
          await seen('artifact', request.artifact, heed.artifacts.get(request.artifact));
        return heed.evaluations.queue(named(loop), request);
      },
    },
    generations: async (loop, options) => heed.generations(named(loop), options),
    keys: limitKeys(heed, list),
    audit: {
      begin: (action) => heed.audit.begin(action),
      write: (action, error, begun) => heed.audit.write(action, error, begun),
      list: (options) => page((query) => heed.audit.list(query), options),
    },
    items: {
      put: async (loop, items) => heed.items.put(named(loop), items),
      get: async (loop, item) => heed.items.get(named(loop), item),
      list: async (loop, options) => heed.items.list(named(loop), options),
      delete: async (loop, item) => heed.items.delete(named(loop), item),
    },
    subjects: { get: refuseSubjects, delete: refuseSubjects },
    events: {
      mark: () => heed.events.mark(),
      since: async (mark) => (await heed.events.since(mark))?.filter(sees) ?? null,
    },
    subscribe: (listener) =>
      heed.subscribe((event) => {
        if (sees(event)) listener(event);
      }),
    importRows: (format, bytes, more) => importRows(limited, format, bytes, { ...more, vet }),
    exportRows: (format, what, { loop, ...more } = {}) =>
      exportRows(context, format, what, { ...more, loops: loop === undefined ? list : [named(loop)] }),
    exportLines: (what, { loop } = {}) =>
      exportLines(context, what, { loops: loop === undefined ? list : [named(loop)] }),
    lookup: {
      async probabilities(id) {
        await decision(id);
        return heed.lookup.probabilities(id);
      },
      decision: async (loop, key) => heed.lookup.decision(named(loop), key),
      episode: async (loop, key) => heed.lookup.episode(named(loop), key),
    },
    webhooks: { dead: async () => (await heed.webhooks.dead()).filter(sees) },
    health: () => heed.health(),
  };
}

/** What is held about a subject, and its key, belong to all loops together. */
async function refuseSubjects(): Promise<never> {
  throw new HeedError(
    'forbidden',
    'cannot show or delete a subject, as the key must see all loops, for a subject belongs to them all: it sees some',
  );
}

/** An operator of some loops makes and ends the keys of those loops only. */
function limitKeys({ keys }: Heed, list: readonly string[]): LimitedHeed['keys'] {
  const within = (loops: readonly string[] | null | undefined): boolean =>
    loops !== null && loops !== undefined && loops.every((name) => list.includes(name));

  async function get(id: string): ReturnType<typeof keys.get> {
    const key = await keys.get(id);
    if (within(key.loops)) return key;
    throw new HeedError('not-found', `cannot find the key ${id}, as it must be in the store: it is not`);
  }

  return {
    get,
    async create(request) {
      if (within(request.loops)) return keys.create(request);
      throw new HeedError(
        'forbidden',
        `cannot make this key, as its loops must be among ${list.join(', ')}: they are ${request.loops?.join(', ') ?? 'all'}`,
      );
    },
    list: async () => (await keys.list()).filter(({ loops }) => within(loops)),
    async rotate(id, request) {
      await get(id);
      return keys.rotate(id, request);
    },
    async revoke(id) {
      await get(id);
      return keys.revoke(id);
    },
  };
}

/** What a target names, where that is stored. */
async function targetOf({ store }: Context, target: FeedbackTarget): Promise<Pick<Row, 'loop'> | null> {
  if (target.type === 'loop') return target;
  if ('decision' in target) return store.decisions.get(target.decision);
  if ('episode' in target) return store.episodes.get(target.episode);
  if ('feedback' in target) return store.feedback.get(target.feedback);
  if ('artifact' in target) return store.artifacts.get(target.artifact);
  return null;
}
