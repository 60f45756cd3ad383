import type {
  FastifyBaseLogger,
  FastifyInstance,
  FastifySchemaCompiler,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { Metrics } from '../observe/metrics.ts';
import type { UploadLimits } from '../uploads.ts';
import { problemSchema } from '../replies.ts';

export type Server = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  ZodTypeProvider
>;

/** What routes are made over. Heed comes with each request, as its caller may see it. */
export interface RouteContext {
  readonly uploads: UploadLimits;
  /** Streams of events that may be open at the same time. */
  readonly mostStreams: number;
  readonly log: (line: string) => void;
  /** `null` where no Heed runs behind the routes. */
  readonly metrics: Metrics | null;
  /** Validates by ajv, for the routes that every decision and every reaction takes. */
  readonly hotValidator: FastifySchemaCompiler<unknown>;
}

/** The replies of a route: its own, and problems. */
export function replies<Status extends number, Reply>(status: Status, reply: Reply) {
  return { [status]: reply, '4xx': problemSchema, '5xx': problemSchema } as { [Key in Status]: Reply } & {
    '4xx': typeof problemSchema;
    '5xx': typeof problemSchema;
  };
}
