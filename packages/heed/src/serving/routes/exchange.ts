import { z } from 'zod';
import { exportContents } from '../../loop/index.ts';
import { HeedError, nameSchema } from '../../spec/index.ts';
import { createUploadGate } from '../uploads.ts';
import { importReport } from '../replies.ts';
import { replies } from './route.ts';
import type { RouteContext, Server } from './route.ts';

const mediaTypes = { jsonl: 'application/x-ndjson', parquet: 'application/vnd.apache.parquet' } as const;
const uploadTypes = [...Object.values(mediaTypes), 'application/jsonl', 'application/octet-stream'];
const format = z.enum(['jsonl', 'parquet']);

/** Records as files. */
export function exchangeRoutes(server: Server, { uploads }: RouteContext): void {
  const { largestBytes: bodyLimit, ...limits } = uploads;
  const gate = createUploadGate(uploads);
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
      const bytes = await heed.exportRows(query.format, query.what, { loop: query.loop });
      return reply
        .type(mediaTypes[query.format])
        .header('content-disposition', `attachment; filename="${query.what}.${query.format}"`)
        .send(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength) as never);
    },
  );
}
