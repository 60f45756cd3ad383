import { Readable } from 'node:stream';
import { z } from 'zod';
import { exportContents } from '../../loop/index.ts';
import { HeedError, nameSchema } from '../../spec/index.ts';
import { createGate } from '../uploads.ts';
import { importReport } from '../replies.ts';
import { replies } from './route.ts';
import type { RouteContext, Server } from './route.ts';

const mediaTypes = { jsonl: 'application/x-ndjson', parquet: 'application/vnd.apache.parquet' } as const;
const uploadTypes = [...Object.values(mediaTypes), 'application/jsonl', 'application/octet-stream'];
const format = z.enum(['jsonl', 'parquet']);

/** Exports under way at the same time. */
const exportsAtOnce = 2;
const mostParquetRows = 200_000;

/** A stream whose first bytes are there: what is refused is refused before the answer has begun. */
async function startedStream(chunks: AsyncIterable<Uint8Array>): Promise<Readable> {
  const rest = chunks[Symbol.asyncIterator]();
  const first = await rest.next();
  async function* all(): AsyncGenerator<Uint8Array> {
    try {
      for (let each = first; each.done !== true; each = await rest.next()) yield each.value;
    } finally {
      await rest.return?.();
    }
  }
  return Readable.from(all(), { objectMode: false });
}

/** Records as files. */
export function exchangeRoutes(server: Server, { uploads }: RouteContext): void {
  const { largestBytes: bodyLimit, ...limits } = uploads;
  const gate = createGate('take this file', uploads.atOnce);
  const exports = createGate('export', exportsAtOnce);
  server.addContentTypeParser(uploadTypes, { parseAs: 'buffer', bodyLimit }, (_request, body, done) =>
    done(null, body),
  );

  server.post(
    '/v1/import',
    {
      bodyLimit,
      config: { accepts: uploadTypes },
      preParsing: async (_request, reply, payload) => {
        gate(reply);
        return payload;
      },
      schema: {
        operationId: 'importRows',
        tags: ['exchange'],
        summary: 'Import records',
        description:
          'The body is the file: lines of JSON or Parquet, as `GET /v1/export` writes them. Rows that are there already are counted as duplicates.',
        consumes: uploadTypes,
        querystring: z.strictObject({ format }),
        response: replies(200, importReport),
      },
    },
    async ({ query, body, heed }) => {
      if (!Buffer.isBuffer(body))
        throw new HeedError(
          'invalid-input',
          `cannot import, as the body must be a file of type ${mediaTypes[query.format]}: it is not`,
        );
      return heed.importRows(query.format, body, { limits });
    },
  );

  server.get(
    '/v1/export',
    {
      // Each takes the store's time, and a Parquet file is made in memory.
      preHandler: async (_request, reply) => exports(reply),
      schema: {
        operationId: 'exportRows',
        tags: ['exchange'],
        summary: 'Export the records of one kind, or everything',
        description:
          'One file of all rows, of one loop where asked for. Jobs that have not ended stay behind, and so does content above 1 MiB, but for the files of artifacts and the states of subjects.',
        querystring: z.strictObject({
          format,
          what: z.enum(exportContents),
          loop: nameSchema.optional(),
        }),
        response: replies(200, {
          description: 'The file',
          content: Object.fromEntries(Object.values(mediaTypes).map((type) => [type, { schema: z.string() }])),
        }),
      },
    },
    async ({ query, heed }, reply) => {
      const { format: form, what, loop } = query;
      const file =
        form === 'jsonl'
          ? await startedStream(heed.exportLines(what, { loop }))
          : Buffer.from(await heed.exportRows(form, what, { loop, mostRows: mostParquetRows }));
      return reply
        .type(mediaTypes[form])
        .header('content-disposition', `attachment; filename="${what}.${form}"`)
        .send(file as never);
    },
  );
}
