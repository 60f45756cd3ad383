import { createSecretKey, randomBytes } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { join } from 'node:path';
import { createIds } from '../math/index.ts';
import { HeedError } from '../spec/index.ts';
import type { Clock, Learner, NewId, PolicyFormat, Release } from '../spec/index.ts';
import { openStore } from '../store/index.ts';
import type { Store } from '../store/index.ts';
import { createSetPacker } from './candidate-sets.ts';
import { createSeeds } from './seeds.ts';
import { configureLoop, loopVersion } from './configuration.ts';
import { trainingDefaults } from './context.ts';
import type { Context, RunningLoop, TrainingSettings } from './context.ts';
import { decide, decideBatch } from './decide.ts';
import type { HeedConfig } from './define.ts';
import { createAudit } from './audit.ts';
import { dryRun } from './dry-run.ts';
import { createEpisodes } from './episodes.ts';
import { evaluateAndKeep } from './evaluate/evaluate.ts';
import { createEvaluations } from './evaluate/evaluations.ts';
import { createEventLog } from './event-log.ts';
import { exportLines, exportRows, importRows } from './exchange/index.ts';
import { checkDeclared, startDeclared } from './experiment-declared.ts';
import { createExperiments } from './experiments.ts';
import { readGenerations } from './generations.ts';
import { subscribe } from './events.ts';
import type { DecideRequest, FeedbackRequest, Heed, ItemInput, LoopStatus, RecordRequest } from './heed.ts';
import {
  explainDecision,
  judgementsAtOnce,
  probabilitiesOf,
  recordWithKey,
  replayDecision,
  showDecision,
} from './inspect.ts';
import { activate, takeFeedback } from './intake.ts';
import { createItemCache } from './item-cache.ts';
import { deleteItem, listItems, putItems, showItem } from './items.ts';
import { createJobs } from './jobs.ts';
import { toPage, toQuery } from './page.ts';
import { record } from './record.ts';
import { createRegistry } from './registry.ts';
import { createKeys } from './keys.ts';
import { readPersonalizer } from './personalizer.ts';
import { promote, rollback } from './releases.ts';
import { advanceRelease, candidateStatus, evidenceOf, passCandidate, rejectCandidate } from './releasing.ts';
import { createServingState } from './serving-state.ts';
import { deleteSubject, showSubject } from './subject-forgetting.ts';
import { train } from './train.ts';
import { compileValidators } from './validate.ts';
import { holdVersions, prepareLoops } from './versions.ts';
import { limitTo } from './within.ts';
import { traced, withTrace } from './tracing.ts';
import { checkHealth, createMonitor, createPulse } from './vitals.ts';
import { checkWebhooks } from './webhooks.ts';
import { deriveOnce, work } from './worker.ts';

export interface HeedOptions {
  /** A PostgreSQL of yours. Left out: the embedded one in `folder`. */
  readonly url?: string | undefined;
  /** Folder of the embedded store. Default `.heed`. */
  readonly folder?: string | undefined;
  /** Learners and policy formats of yours, by name. */
  readonly learners?: readonly Learner<unknown>[] | undefined;
  readonly formats?: readonly PolicyFormat[] | undefined;
  /** Epoch milliseconds. Default: the machine's clock. */
  readonly clock?: Clock | undefined;
  /** Fresh sampler seeds. Default: the machine's randomness. */
  readonly newSeed?: (() => string) | undefined;
  readonly newId?: NewId | undefined;
  readonly log?: ((line: string) => void) | undefined;
  readonly training?: Partial<TrainingSettings> | undefined;
  /**
   * 32 bytes in hexadecimal or base64 under which subjects' keys are kept; of several, new ones lie under the first, and those
   * that lie under the others can be read too. Left out: they are kept plain.
   */
  readonly masterKey?: string | readonly string[] | undefined;
  /** Run on a store that may lose what it acknowledged. Default false. */
  readonly unsafe?: boolean | undefined;
  /**
   * `run` registers the loops' versions and refuses to run beside another version; `look` only reads and operates what is there.
   * Default `run`.
   */
  readonly role?: 'run' | 'look' | undefined;
}

/**
 * Opens the store and runs the whole loop in this process: decide, take feedback, learn, serve. No HTTP is involved.
 *
 * @throws HeedError `invalid-configuration`, `loop-version-conflict`, `store-unavailable`, `store-not-durable`, `store-newer-than-code`.
 * @example
 * const heed = await createHeed(config);
 * const { decision, chosen } = await heed.decide('greeting', { context: { hour: 9 }, candidates: [{ item: 'hello', features: { tone: 'warm' } }] });
 * await heed.feedback([{ loop: 'greeting', decision, name: 'thumb' }]);
 * await heed.close();
 */
export async function createHeed<const Config extends HeedConfig>(
  config: Config,
  options: HeedOptions = {},
): Promise<Heed<Config>> {
  const clock = options.clock ?? Date.now;
  const newId = options.newId ?? createIds(clock, (words) => crypto.getRandomValues(words));
  const log = options.log ?? (() => undefined);
  const registry = createRegistry(options);
  checkWebhooks(config.webhooks ?? []);
  const loops = new Map(
    Object.entries(config.loops).map(([name, definition]) => [name, prepare(name, definition, registry)]),
  );
  for (const loop of loops.values())
    if (loop.experiment !== null) checkDeclared({ newId, clock }, loop, loop.experiment);
  const personalizer = readPersonalizer(config.personalizer, loops);
  const store = await openStore({
    url: options.url,
    folder: embeddedFolder(options.folder),
    clock,
    log,
    unsafe: options.unsafe,
    masterKey: options.masterKey,
  });
  const hold = options.role === 'look' ? null : await holdVersions(store.url, loops.values(), log).catch(closing);
  const secret = await tokenSecret(store).catch(closing);
  const items = await createItemCache({ store, clock, log }).catch(closing);
  const context: Context = {
    store,
    registry,
    loops,
    clock,
    newId,
    newSeed: options.newSeed ?? createSeeds(),
    ...createSetPacker(),
    items,
    training: { ...trainingDefaults, ...options.training },
    webhooks: config.webhooks ?? [],
    pulse: createPulse(),
    log,
    tokenSecret: secret,
  };
  if (options.role !== 'look') await prepareLoops(context).catch(closing);
  const state = await createServingState(context).catch(closing);
  if (options.role !== 'look') await startAllDeclared().catch(abandon);
  const jobs = createJobs(context, state);
  const stopped = new AbortController();
  const working = new Set<Promise<void>>();

  async function startAllDeclared(): Promise<void> {
    for (const loop of loops.values()) {
      const waits = await startDeclared(context, state, loop);
      if (waits !== null) log(`what ${loop.configuration.name} declares waits: ${waits}`);
    }
  }

  async function abandon(error: unknown): Promise<never> {
    await state.close();
    await hold?.close();
    return closing(error);
  }

  async function closing(error: unknown): Promise<never> {
    await store.close().catch(() => undefined);
    throw error;
  }

  function loopNamed(name: string): RunningLoop {
    const loop = loops.get(name);
    if (loop === undefined)
      throw new HeedError(
        'not-found',
        `cannot find the loop, as its name must be one of ${[...loops.keys()].join(', ')}: it is ${name}`,
      );
    return loop;
  }

  /** Other processes are told of a release; this one takes it up before it answers. */
  async function released(releasing: Promise<Release>): Promise<Release> {
    const release = await releasing;
    await state.refresh(release.loop);
    return release;
  }

  async function status({ configuration }: RunningLoop): Promise<LoopStatus> {
    const loop = await store.loops.latest(configuration.name);
    const serving = await store.releases.latest(configuration.name, 'full');
    if (loop === null)
      throw new HeedError(
        'not-found',
        `cannot show the loop ${configuration.name}, as a process must have run it once: none has`,
      );
    return { loop, serving, artifact: serving === null ? null : await store.artifacts.get(serving.artifact) };
  }

  const heed: Heed<Config> = {
    decide: (loop, request) =>
      traced('heed.decide', loop, async (span) => {
        const reply = await decide(context, state, loopNamed(loop), withTrace(request as DecideRequest, span));
        span.setAttribute('heed.decision', reply.decision);
        return reply;
      }),
    decideBatch: (loop, requests) =>
      traced('heed.decideBatch', loop, async (span) => {
        const asked = (requests as readonly DecideRequest[]).map((request) => withTrace(request, span));
        const replies = await decideBatch(context, state, loopNamed(loop), asked);
        span.setAttribute(
          'heed.decisions',
          replies.map(({ decision }) => decision),
        );
        return replies;
      }),
    record: (loop, request) => record(context, loopNamed(loop), request as RecordRequest),
    feedback: (requests) => takeFeedback(context, requests as readonly FeedbackRequest[]),
    activate: async (decision, more) => ({ activatedAt: (await activate(context, decision, more)).activatedAt }),
    loops: {
      list: () => Promise.all([...loops.values()].map(status)),
      get: (name) => status(loopNamed(name)),
    },
    decisions: {
      get: (id) => showDecision(context, id),
      list: async (query) => toPage(await store.decisions.list(toQuery(query))),
      explain: (id, more) => explainDecision(context, state, id, more),
      replay: (id) => replayDecision(context, state, id),
    },
    feedbacks: {
      get: (id) => found('feedback', id, store.feedback.get(id)),
      async list(query) {
        const { decision, ...rest } = query ?? {};
        if (decision === undefined) return toPage(await store.feedback.list(toQuery(rest)));
        const { limit = judgementsAtOnce, after } = rest;
        return toPage(await store.feedback.list({ target: decision, order: 'oldest', limit, after }));
      },
    },
    episodes: createEpisodes(context),
    artifacts: {
      get: (id) => found('artifact', id, store.artifacts.get(id)),
      list: async (query) => toPage(await store.artifacts.list(toQuery(query))),
      releases: async (loop) => [
        ...(await store.releases.list({ loop: loopNamed(loop).configuration.name, limit: 1_000 })).items,
      ],
      promote: (id, reason) => released(promote(context, id, reason)),
      rollback: (loop, reason) => released(rollback(context, loopNamed(loop).configuration.name, reason)),
    },
    releases: {
      candidate: (loop) => candidateStatus(context, state, loopNamed(loop)),
      async advance(loop) {
        const step = await advanceRelease(context, state, loopNamed(loop));
        if (step !== null) await state.refresh(loop);
        return step;
      },
      pass: (loop, reason) => released(passCandidate(context, state, loopNamed(loop), reason)),
      reject: (loop, reason) => released(rejectCandidate(context, state, loopNamed(loop), reason)),
      dryRun: (artifact, more) => dryRun(context, state, artifact, more),
      evidence: (release) => evidenceOf(context, release),
    },
    experiments: createExperiments(context, state, loopNamed),
    jobs: {
      get: (id) => found('job', id, store.jobs.get(id)),
      list: async (query) => toPage(await store.jobs.list(toQuery(query))),
      train: (loop) => jobs.enqueueTraining(loopNamed(loop).configuration.name),
    },
    evaluations: createEvaluations(context, jobs, loopNamed),
    generations: async (loop, more) => readGenerations(context, state, loopNamed(loop), more),
    items: {
      put: (loop, given) => putItems(context, items, loopNamed(loop), given as readonly ItemInput[]),
      get: (loop, item) => showItem(context, loopNamed(loop), item),
      list: (loop, more) => listItems(context, loopNamed(loop), more),
      delete: (loop, item) => deleteItem(context, items, loopNamed(loop), item),
    },
    subjects: {
      get: (id, more) => showSubject(context, id, more),
      delete: (id) => deleteSubject(context, state, jobs, id),
    },
    keys: createKeys(context),
    audit: createAudit(context),
    limitTo: (names) => limitTo(heed as unknown as Heed, context, names),
    subscribe: (listener) => subscribe(context, listener),
    events: createEventLog(context),
    derive: () => deriveOnce(context, state),
    async train(loop, more) {
      const report = await train(context, loopNamed(loop), more);
      if (report.promoted) await state.refresh(loop);
      return report;
    },
    evaluate: (loop, more) => evaluateAndKeep(context, state, loopNamed(loop), more),
    work({ intervalMs, signal } = {}) {
      const running = work(context, state, jobs, {
        intervalMs,
        signal: signal === undefined ? stopped.signal : AbortSignal.any([signal, stopped.signal]),
      });
      working.add(running);
      return running.finally(() => working.delete(running));
    },
    importRows: (format, bytes, more) => importRows(context, format, bytes, more),
    exportRows: (format, what, more) => exportRows(context, format, what, more),
    exportLines: (what, more) => exportLines(context, what, more),
    lookup: {
      probabilities: (id) => probabilitiesOf(context, state, id),
      decision: (loop, key) => recordWithKey(context, 'decision', loopNamed(loop).configuration.name, key),
      episode: (loop, key) => recordWithKey(context, 'episode', loopNamed(loop).configuration.name, key),
    },
    personalizer,
    health: () => checkHealth(context),
    monitor: createMonitor(context),
    webhooks: { dead: () => jobs.deadWebhooks() },
    async close() {
      stopped.abort();
      await Promise.allSettled(working);
      await state.close();
      await items.close();
      await jobs.close();
      await hold?.close();
      await store.close();
    },
  };
  return heed;
}

async function found<Row>(what: string, id: string, row: Promise<Row | null>): Promise<Row> {
  const value = await row;
  if (value === null)
    throw new HeedError('not-found', `cannot show the ${what} ${id}, as it must be in the store: it is not`);
  return value;
}

/** What feedback tokens are signed with: made once, the same in every process on the store. */
async function tokenSecret({ settings }: Store): Promise<KeyObject> {
  const secret = await settings.create('tokenSecret', () => randomBytes(32).toString('base64'));
  if (typeof secret === 'string') return createSecretKey(secret, 'base64');
  throw new HeedError('internal', 'cannot sign tokens, as the setting tokenSecret must be text: it is not');
}

/** Where the embedded store's PostgreSQL lies in Heed's folder. */
export function embeddedFolder(folder = '.heed'): string {
  return join(folder, 'postgres');
}

function prepare(name: string, definition: HeedConfig['loops'][string], registry: Context['registry']): RunningLoop {
  const configuration = configureLoop(name, definition);
  const learner = registry.learner(configuration);
  // An option that the learner or its policy refuses is refused here, not at the first decision.
  registry.read(name, learner.toArtifact(learner.init(configuration, name)));
  return {
    configuration,
    version: loopVersion(configuration),
    validators: compileValidators(configuration),
    learner,
    experiment: definition.experiment ?? null,
  };
}
