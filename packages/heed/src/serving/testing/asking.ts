import type { FastifyInstance } from 'fastify';
import type { AnyRequest } from './any-request.ts';

export interface Given {
  readonly asked: AnyRequest;
  readonly status: number;
  /** Its media type, without parameters. */
  readonly type: string;
  readonly text: string;
}

/** How long a stream of events is listened to. */
const listenMs = 20;

/** Asks all at once, and waits for every answer. */
export function askAll(server: FastifyInstance, requests: readonly AnyRequest[]): Promise<Given[]> {
  return Promise.all(requests.map((asked) => ask(server, asked)));
}

async function ask(server: FastifyInstance, asked: AnyRequest): Promise<Given> {
  const { method, url, headers, payload } = asked;
  const answer = await server.inject({
    method,
    url,
    headers,
    payloadAsStream: true,
    ...(payload === undefined ? {} : { payload }),
  });
  const type = answer.headers['content-type']?.split(';')[0] ?? '';
  const stream = answer.stream();
  const parts: Buffer[] = [];
  const ended = new Promise<void>((resolve, reject) => {
    stream.on('data', (part: Buffer) => parts.push(part));
    stream.once('end', resolve).once('close', resolve).once('error', reject);
  });
  if (type === 'text/event-stream') {
    await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, listenMs))]);
    answer.raw.res.destroy();
  } else await ended;
  return { asked, status: answer.statusCode, type, text: Buffer.concat(parts).toString('utf8') };
}

/** Whether a request, or everything in its batch, was refused. */
export function refusedEntirely({ status, text, asked }: Given): boolean {
  if (status >= 400) return true;
  if (asked.operation !== 'feedback' && asked.operation !== 'recordBatch') return false;
  if (!text.startsWith('{"results":[{')) return false;
  const { results } = JSON.parse(text) as { results: { status: string }[] };
  return results.every((result) => result.status === 'refused');
}
