import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { FastifyInstance } from 'fastify';

interface Call {
  readonly params?: Record<string, string>;
  readonly query?: Record<string, string>;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
}

export interface Answer<Body> {
  readonly status: number;
  readonly body: Body;
  readonly headers: Record<string, unknown>;
  readonly bytes: Buffer;
}

type Schema = { readonly [key: string]: unknown };
interface Operation {
  readonly responses: Record<string, { readonly content?: Record<string, { readonly schema: Schema }> }>;
}

/** Calls the server by the operations of its document, and checks each answer against what the document says of it. */
export async function callDocumented(server: FastifyInstance) {
  await server.ready();
  const document = server.swagger() as unknown as {
    paths: Record<string, Record<string, Operation>>;
    components: Schema;
  };
  const ajv = new Ajv2020({ strict: false });
  addFormats.default(ajv);
  const left = new Set(
    Object.entries(document.paths).flatMap(([path, operations]) =>
      Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
    ),
  );

  function check(name: string, { responses }: Operation, status: number, type: string, body: unknown): void {
    const response = responses[status] ?? responses[`${String(status)[0]}XX`];
    const schema = response?.content?.[type]?.schema;
    if (schema === undefined) throw new Error(`${name} answers ${status} ${type}, which its document does not say`);
    if (!ajv.validate({ ...schema, components: document.components }, body))
      throw new Error(`${name} answers ${status} otherwise than its document says: ${ajv.errorsText()}`);
  }

  return {
    /** Operations that nobody has called yet. */
    left,
    async call<Body = never>(name: string, { params = {}, query, body, headers }: Call = {}): Promise<Answer<Body>> {
      const [method = '', path = ''] = name.split(' ');
      const operation = document.paths[path]?.[method.toLowerCase()];
      if (operation === undefined) throw new Error(`${name} is no operation of the document`);
      left.delete(name);
      const url = path.replaceAll(/\{(\w+)\}/g, (_all, key: string) => encodeURIComponent(params[key] ?? ''));
      const answer = await server.inject({
        method: method as 'GET' | 'POST' | 'PUT' | 'DELETE',
        url,
        ...(query === undefined ? {} : { query }),
        ...(body === undefined ? {} : { payload: body as object }),
        ...(headers === undefined ? {} : { headers }),
      });
      const type = String(answer.headers['content-type']).split(';')[0] ?? '';
      const parsed: unknown = type.endsWith('json') && !type.includes('ndjson') ? answer.json() : answer.payload;
      check(name, operation, answer.statusCode, type, parsed);
      return { status: answer.statusCode, body: parsed as Body, headers: answer.headers, bytes: answer.rawPayload };
    },
  };
}
