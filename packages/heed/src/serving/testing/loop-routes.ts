import { expect, test } from 'vitest';
import type { Artifact, Episode, Job, Release } from '../../spec/index.ts';
import type { LoopGenerations, LoopStatus, Page } from '../../loop/index.ts';
import { by, params } from './api.ts';
import type { Api } from './api.ts';
import { config } from './greeting.ts';

/** Loops and what they make: artifacts, jobs, episodes. */
export function testLoopRoutes({ api, heed, decide }: Api): void {
  test('a loop tells what a client needs where the server is away', async () => {
    const { body } = await api.call<LoopStatus>('GET /v1/loops/{loop}', { params });
    expect(body.loop.configuration).toMatchObject({
      action: { type: 'choice' },
      deadlineMs: 400,
      baseline: config.loops.greeting.baseline,
      exclusions: config.loops.greeting.exclusions,
    });
    const { body: all } = await api.call<{ loops: LoopStatus[] }>('GET /v1/loops');
    expect(all.loops.map(({ loop }) => loop.name).toSorted()).toEqual(['greeting', 'page']);
  });

  test('a training makes an artifact, which is shown, rolled back and promoted', async () => {
    const { artifact: untrained } = await decide();
    await heed.feedback([{ loop: 'greeting', decision: (await decide()).decision, name: 'thumb' }]);
    await heed.derive();
    await heed.train('greeting');
    const { body: artifacts } = await api.call<Page<Artifact>>('GET /v1/artifacts', { query: { loop: 'greeting' } });
    const [newest] = artifacts.rows;
    expect(newest?.id).not.toBe(untrained);
    expect((await api.call<Artifact>('GET /v1/artifacts/{id}', { params: { id: newest?.id ?? '' } })).body).toEqual(
      newest,
    );
    await heed.artifacts.promote(newest?.id ?? '', by);
    expect((await api.call<Release>('POST /v1/loops/{loop}/rollback', { params, body: by })).body).toMatchObject({
      artifact: untrained,
      step: 'full',
      ...by,
    });
    expect(
      (await api.call<Release>('POST /v1/artifacts/{id}/promote', { params: { id: newest?.id ?? '' }, body: by })).body,
    ).toMatchObject({ artifact: newest?.id, step: 'full' });
    const { body } = await api.call<{ releases: Release[] }>('GET /v1/loops/{loop}/releases', { params });
    expect(body.releases.slice(0, 3).map(({ artifact, step }) => [artifact, step])).toEqual([
      [newest?.id, 'full'],
      [untrained, 'full'],
      [newest?.id, 'rolledBack'],
    ]);
  });

  test('generations are told, as many as are asked for', async () => {
    const { body } = await api.call<LoopGenerations>('GET /v1/loops/{loop}/generations', {
      params,
      query: { last: '2' },
    });
    expect(body).toEqual(await heed.generations('greeting', { last: 2 }));
    expect(body.generations).toHaveLength(2);
    expect(body.generations[0]).toMatchObject({ difference: null, degraded: false });
  });

  test('a training is queued as a job', async () => {
    const queued = await api.call<Job>('POST /v1/loops/{loop}/train', { params });
    expect(queued).toMatchObject({ status: 202, body: { kind: 'train', loop: 'greeting', status: 'queued' } });
    expect((await api.call<Job>('GET /v1/jobs/{id}', { params: { id: queued.body.id } })).body.id).toBe(queued.body.id);
    expect((await api.call<Page<Job>>('GET /v1/jobs')).body.rows.map(({ id }) => id)).toContain(queued.body.id);
  });

  test('an episode begins and ends', async () => {
    const { body: started } = await api.call<Episode>('POST /v1/episodes', {
      body: { loop: 'page', task: 'find a paper' },
    });
    const { body: ended } = await api.call<Episode>('POST /v1/episodes/{id}/end', {
      params: { id: started.id },
      body: { status: 'terminated', finalObservation: [{ type: 'text', text: 'found' }] },
    });
    expect(ended).toMatchObject({
      id: started.id,
      status: 'terminated',
      finalObservation: [{ type: 'text', text: 'found' }],
    });
    expect((await api.call<Episode>('GET /v1/episodes/{id}', { params: { id: started.id } })).body).toEqual(ended);
    expect((await api.call<Page<Episode>>('GET /v1/episodes', { query: { loop: 'page' } })).body.rows).toEqual([ended]);
  });
}
