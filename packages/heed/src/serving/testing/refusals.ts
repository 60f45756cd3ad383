import { expect, test } from 'vitest';
import type { Problem } from '../replies.ts';
import { createServer } from '../server.ts';
import { params, request, unknownId } from './api.ts';
import type { Api } from './api.ts';
import { candidates } from './greeting.ts';

/** What is refused, and what is told of it. */
export function testRefusals({ api, heed, server, logged }: Api): void {
  test.each([
    ['nothing to choose from', { context: { hour: 9 }, candidates: [] }, 'body/candidates', /fewer than 1/],
    ['no context', { candidates }, 'body', /required property 'context'/],
    ['a field that is not known', { ...request, exlude: ['hello'] }, 'body', /exlude is not known/],
    ['a wrong type', { ...request, size: 'two' }, 'body/size', /must be integer/],
    ['a wrong word', { ...request, activation: 'later' }, 'body/activation', /immediate, deferred/],
  ])('%s is refused with what, where and what was expected', async (_what, body, where, message) => {
    const { status, body: problem } = await api.call<Problem>('POST /v1/loops/{loop}/decide', { params, body });
    expect([status, problem.code, problem.errors?.[0]?.where]).toEqual([400, 'invalid-input', where]);
    expect(problem.errors?.[0]?.message).toMatch(message);
    expect(problem.detail).toContain(where);
  });

  test('so is what does not fit the loop, or an ordinary route', async () => {
    expect(
      await api.call<Problem>('POST /v1/loops/{loop}/decide', {
        params,
        body: { ...request, context: { hour: 'nine' } },
      }),
    ).toMatchObject({ status: 400, body: { code: 'invalid-input', detail: expect.stringContaining('hour') } });
    expect(
      await api.call<Problem>('POST /v1/loops/{loop}/decide', { params: { loop: 'farewell' }, body: request }),
    ).toMatchObject({ status: 404, body: { code: 'not-found' } });
    expect(await api.call<Problem>('GET /v1/decisions', { query: { limit: '0' } })).toMatchObject({
      status: 400,
      body: { errors: [{ where: 'querystring/limit' }] },
    });
    expect(await api.call<Problem>('GET /v1/decisions/{id}', { params: { id: 'seven' } })).toMatchObject({
      status: 400,
      body: { errors: [{ where: 'params/id', message: 'must be a lower-case UUID' }] },
    });
    expect(await api.call<Problem>('GET /v1/decisions/{id}', { params: { id: unknownId } })).toMatchObject({
      status: 404,
      body: { code: 'not-found' },
    });
  });

  test('what is no request for a route is a problem too', async () => {
    const url = '/v1/loops/greeting/decide';
    const problems = await Promise.all([
      server.inject({ url: '/v1/nowhere?secret=1' }),
      server.inject({ method: 'POST', url, payload: '{"context":', headers: { 'content-type': 'application/json' } }),
      server.inject({
        method: 'POST',
        url,
        payload: JSON.stringify(request),
        headers: { 'content-type': 'text/plain' },
      }),
      server.inject({ method: 'POST', url, payload: { ...request, subject: 'x'.repeat(5_000_000) } }),
    ]);
    expect(problems.map(({ statusCode }) => statusCode)).toEqual([404, 400, 415, 413]);
    for (const problem of problems) expect(problem.headers['content-type']).toBe('application/problem+json');
    expect(problems[0]?.json()).toMatchObject({ code: 'not-found', detail: expect.not.stringContaining('secret') });
  });

  test('what was not foreseen is logged, and not told', async () => {
    const broken = await createServer({
      heed: { ...heed, decide: () => Promise.reject(new Error('password=hunter2')) },
      log: (line) => logged.push(line),
    });
    const answer = await broken.inject({ method: 'POST', url: '/v1/loops/greeting/decide', payload: request });
    await broken.close();
    expect([answer.statusCode, answer.json<Problem>().code]).toEqual([500, 'internal']);
    expect(answer.payload).not.toContain('hunter2');
    // The place is enough: the words of a stranger's error may be personal.
    expect(logged.join('\n')).toMatch(/decide: Error\n +at /);
    expect(logged.join('\n')).not.toContain('hunter2');
  });
}
