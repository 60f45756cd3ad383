import fc from 'fast-check';
import type { FastifyInstance } from 'fastify';
import { fromSchema, oddText, oddValue, oddlyChanged } from './from-schema.ts';
import type { Known, Schema, Schemas } from './from-schema.ts';

export interface AnyRequest {
  readonly operation: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE' | 'HEAD' | 'OPTIONS';
  readonly url: string;
  readonly headers: Record<string, string>;
  readonly payload?: string | Buffer;
}

interface Parameter {
  readonly in: 'path' | 'query';
  readonly name: string;
  readonly schema: Schema;
}

interface Operation {
  readonly operationId: string;
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Record<string, { readonly schema: Schema }> };
}

/** What writes most is asked for most, and what costs most seldom. */
const weights: { readonly [operation: string]: number } = {
  decide: 40,
  decideBatch: 20,
  record: 30,
  recordBatch: 20,
  feedback: 40,
  giveTokenFeedback: 20,
  personalizerMultiSlotRank: 20,
  putItems: 20,
  deleteItem: 3,
  importRows: 5,
  exportRows: 5,
  events: 5,
};

/** Requests to every operation of the server's document: right ones, nearly right ones, and hostile ones. */
export function anyRequest(
  server: FastifyInstance,
  known: Known,
  authorizations: readonly string[],
  files: readonly Buffer[],
): fc.Arbitrary<AnyRequest> {
  const { paths, components } = server.swagger() as unknown as {
    paths: Record<string, Record<string, Operation>>;
    components: { schemas: Schemas };
  };
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
  );
  const requests = operations.map(({ path, method, operation }) => ({
    weight: weights[operation.operationId] ?? 10,
    arbitrary: fc
      .record({
        url: urlOf(path, operation.parameters ?? [], components.schemas, known),
        sent: operation.operationId === 'importRows' ? fileOf(files) : bodyOf(operation, components.schemas, known),
        method: mostly(method, 'GET', 'POST', 'PUT', 'DELETE', 'HEAD', 'OPTIONS'),
        authorization: fc.constantFrom(...authorizations),
        more: moreHeaders,
      })
      .map(({ url, sent: { type, payload }, method: asked, authorization, more }): AnyRequest => {
        const headers: Record<string, string> = { ...more };
        if (authorization !== '') headers['authorization'] = authorization;
        if (type !== null && payload !== null) headers['content-type'] = type;
        return {
          operation: operation.operationId,
          method: asked as AnyRequest['method'],
          url,
          headers,
          ...(payload === null ? {} : { payload }),
        };
      }),
  }));
  return fc.oneof(...requests);
}

/** What HTTP lets a header hold. */
const headerText = fc.string({
  unit: fc
    .integer({ min: 0x20, max: 0xff })
    .filter((code) => code !== 0x7f)
    .map((code) => String.fromCharCode(code)),
  maxLength: 250,
});

const moreHeaders = fc.oneof(
  { weight: 8, arbitrary: fc.constant({}) },
  {
    weight: 1,
    arbitrary: fc
      .record(
        {
          'idempotency-key': fc.oneof(fc.constantFrom('again', ''), headerText),
          'traceparent': fc.oneof(fc.constant(`00-${'a1'.repeat(16)}-${'b2'.repeat(8)}-01`), headerText),
          'last-event-id': fc.oneof(fc.constantFrom('a.1.2', '..', '-1'), headerText),
        },
        { requiredKeys: [] },
      )
      .map((headers) => ({ ...headers })),
  },
);

function mostly(usual: string, ...others: string[]): fc.Arbitrary<string> {
  return fc.oneof({ weight: 40, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: fc.constantFrom(...others) });
}

/** The path with its parameters, and a query. */
function urlOf(path: string, parameters: readonly Parameter[], schemas: Schemas, known: Known): fc.Arbitrary<string> {
  const folder = path.split('/')[2] ?? '';
  const one = ({ name, schema }: Parameter): fc.Arbitrary<string> => {
    const right = (known[name === 'id' ? `/${folder}` : name] ?? fromSchema(schema, schemas, known)).map((value) =>
      escaped(String(value)),
    );
    const wrong = fc.oneof(
      oddText.map(escaped),
      fc.constantFrom('%', '%ZZ', '%00', '%C0%80', '..', '%2e%2e%2f', '', '%F0%9F%98', 'a%2Fb'),
    );
    return fc.oneof({ weight: 12, arbitrary: right }, { weight: 1, arbitrary: wrong });
  };
  const inPath = parameters.filter((parameter) => parameter.in === 'path');
  const inQuery = parameters.filter((parameter) => parameter.in === 'query');
  const pairs = inQuery.map((parameter) =>
    fc
      .tuple(fc.nat(parameter.name === 'format' || parameter.name === 'what' ? 0 : 2), one(parameter))
      .map(([dice, value]) => (dice === 0 ? [`${parameter.name}=${value}`] : [])),
  );
  const stray = fc.oneof(
    { weight: 12, arbitrary: fc.constant([]) },
    {
      weight: 1,
      arbitrary: fc.constantFrom(['x=1'], ['__proto__=1'], ['limit=1', 'limit=2'], ['loop[]=page'], ['&&==']),
    },
  );
  return fc.tuple(fc.tuple(...inPath.map(one)), fc.tuple(...pairs), stray).map(([values, asked, strays]) => {
    let url = path;
    for (const [index, { name }] of inPath.entries()) url = url.replace(`{${name}}`, () => values[index] ?? '');
    const query = [...asked.flat(), ...strays].join('&');
    return query === '' ? url : `${url}?${query}`;
  });
}

interface Sent {
  readonly type: string | null;
  readonly payload: string | Buffer | null;
}

const json = 'application/json';
const nothing: Sent = { type: null, payload: null };

function bodyOf({ requestBody }: Operation, schemas: Schemas, known: Known): fc.Arbitrary<Sent> {
  const schema = requestBody?.content[json]?.schema;
  const hostile = hostileBody.map(([type, payload]): Sent => ({ type, payload }));
  if (schema === undefined)
    return fc.oneof({ weight: 12, arbitrary: fc.constant(nothing) }, { weight: 1, arbitrary: hostile });
  const right = fromSchema(schema, schemas, known);
  const near = oddlyChanged(right);
  const text = (value: unknown): Sent => ({ type: json, payload: JSON.stringify(value) ?? '' });
  return fc.oneof(
    { weight: 14, arbitrary: right.map(text) },
    { weight: 5, arbitrary: near.map(text) },
    { weight: 2, arbitrary: oddlyChanged(near).map(text) },
    { weight: 1, arbitrary: oddValue.map(text) },
    { weight: 1, arbitrary: hostile },
    {
      weight: 1,
      arbitrary: fc
        .tuple(
          right,
          fc.constantFrom('text/plain', 'multipart/form-data; boundary=x', `${json}; charset=latin1`, '/', json),
        )
        .map(([value, type]): Sent => ({ type, payload: JSON.stringify(value) })),
    },
    { weight: 1, arbitrary: right.map((value): Sent => ({ type: json, payload: JSON.stringify(value).slice(0, -1) })) },
  );
}

const hostileBody = fc.tuple(
  fc.constantFrom(json, json, 'APPLICATION/JSON', 'application/xml', 'application/octet-stream', ''),
  fc.oneof(
    fc.constantFrom(
      '',
      'null',
      '[]',
      '{}',
      'NaN',
      '{"a":1e400}',
      '{"__proto__":{"x":1}}',
      '{"constructor":{"prototype":{"x":1}}}',
      `{"context":${'['.repeat(5_000)}`,
      '{"feedback":[{"loop":"greeting"},{"loop":"greeting","loop":"page"}]}',
      '\uFEFF{}',
      '{"by":"a","why":"\\ud800"}',
      `"${'y'.repeat(5_000_000)}"`,
    ),
    fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
  ),
);

/** Files as an export wrote them, whole or with a few bytes changed, and files of other kinds. */
function fileOf(files: readonly Buffer[]): fc.Arbitrary<Sent> {
  const type = fc.constantFrom(
    'application/x-ndjson',
    'application/vnd.apache.parquet',
    'application/octet-stream',
    json,
  );
  const changed = fc
    .tuple(fc.constantFrom(...files), fc.nat(), fc.nat(255), fc.boolean())
    .map(([file, at, byte, cut]) => {
      const copy = Buffer.from(file);
      if (copy.length > 0) copy[at % copy.length] = byte;
      return cut ? copy.subarray(0, at % (copy.length + 1)) : copy;
    });
  const lines = fc
    .array(oddValue, { maxLength: 3 })
    .map((values) => Buffer.from(values.map((value) => JSON.stringify(value)).join('\n')));
  return fc
    .tuple(
      type,
      fc.oneof(
        changed,
        fc.constantFrom(...files),
        lines,
        fc.uint8Array().map((bytes) => Buffer.from(bytes)),
      ),
    )
    .map(([given, payload]): Sent => ({ type: given, payload }));
}

function escaped(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}
