import { ClientError, errorOf, errorOfStatus } from './error.ts';
import type { ProblemDocument } from './error.ts';

export interface CallOptions {
  readonly timeoutMs: number;
  /** Sent as it is, with its media type, in place of JSON. */
  readonly bytes?: { readonly mediaType: string; readonly content: Uint8Array } | undefined;
  /** Leave the key out: the call is open to pages of any site. */
  readonly open?: boolean | undefined;
}

export interface Transport {
  /** @throws ClientError `deadline-exceeded` after `timeoutMs`, `unreachable` where nobody answers, and what the server says. */
  call<Reply>(
    method: 'GET' | 'POST' | 'PUT' | 'DELETE',
    path: string,
    body: unknown,
    options: CallOptions,
  ): Promise<Reply>;
  download(path: string, options: CallOptions): Promise<Uint8Array>;
  /** The answer itself, for streams; the caller aborts it. */
  open(path: string, headers: Record<string, string>, signal: AbortSignal): Promise<Response>;
}

export interface TransportOptions {
  readonly url: string;
  readonly key: string | undefined;
  readonly fetch: typeof globalThis.fetch;
  /** Told of every answer that comes from the server itself. */
  readonly onAnswer: () => void;
}

/** Calls the server over fetch. */
export function createTransport({ url, key, fetch, onAnswer }: TransportOptions): Transport {
  const root = url.replace(/\/+$/, '');
  const authorization: Record<string, string> = key === undefined ? {} : { authorization: `Bearer ${key}` };

  async function request(
    method: string,
    path: string,
    body: unknown,
    { bytes, open }: CallOptions,
    signal: AbortSignal,
  ): Promise<Response> {
    const content = bytes?.content ?? (body === undefined ? undefined : JSON.stringify(body));
    const type: Record<string, string> =
      content === undefined ? {} : { 'content-type': bytes?.mediaType ?? 'application/json' };
    let response: Response;
    try {
      response = await fetch(root + path, {
        method,
        headers: open === true ? type : { ...authorization, ...type },
        signal,
        ...(content === undefined ? {} : { body: content as string | Uint8Array<ArrayBuffer> }),
      });
    } catch (cause) {
      throw new ClientError(
        'unreachable',
        `cannot ask ${method} ${path}, as the server must answer: it cannot be reached`,
        { cause },
      );
    }
    if (!response.ok) throw await refusal(response, `ask ${method} ${path}`);
    onAnswer();
    return response;
  }

  return {
    call: (method, path, body, options) =>
      within(options.timeoutMs, async (signal) => {
        const response = await request(method, path, body, options, signal);
        try {
          return (await response.json()) as never;
        } catch (cause) {
          throw new ClientError(
            'unreachable',
            `cannot ask ${method} ${path}, as the answer must be JSON: it is not, or it broke off`,
            { cause },
          );
        }
      }),
    download: (path, options) =>
      within(
        options.timeoutMs,
        async (signal) => new Uint8Array(await (await request('GET', path, undefined, options, signal)).arrayBuffer()),
      ),
    open: (path, headers, signal) => fetch(root + path, { headers: { ...authorization, ...headers }, signal }),
  };
}

/** Runs the work for at most `timeoutMs`, whatever it does with its signal. */
async function within<T>(timeoutMs: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const abort = new AbortController();
  if (timeoutMs === Infinity) return work(abort.signal);
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(
        new ClientError(
          'deadline-exceeded',
          `cannot wait longer, as the answer must come within ${timeoutMs} ms: it has not`,
        ),
      );
      abort.abort();
    }, timeoutMs);
  });
  try {
    return await Promise.race([work(abort.signal), late]);
  } finally {
    clearTimeout(timer);
  }
}

async function refusal(response: Response, what: string): Promise<ClientError> {
  const isProblem = response.headers.get('content-type')?.startsWith('application/problem+json') === true;
  const body = isProblem ? await response.json().catch(() => null) : null;
  if (isProblemDocument(body)) return errorOf(body);
  await response.body?.cancel().catch(() => undefined);
  return errorOfStatus(response.status, what);
}

function isProblemDocument(body: unknown): body is ProblemDocument {
  return (
    typeof body === 'object' &&
    body !== null &&
    'code' in body &&
    typeof body.code === 'string' &&
    'detail' in body &&
    'status' in body &&
    typeof body.status === 'number'
  );
}
