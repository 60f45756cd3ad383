import type { IncomingHttpHeaders } from 'node:http';
import { HeedError } from '../spec/index.ts';

/** Fields of a request that may come as headers instead. */
interface HeaderFields {
  readonly idempotencyKey?: string | undefined;
  readonly traceId?: string | undefined;
}

/**
 * Fills in what the headers say: `Idempotency-Key`, and the trace id of `traceparent`. In a batch each request gets a key of its own.
 *
 * @throws HeedError `invalid-input` where header and body name different keys.
 */
export function withHeaders<Body extends HeaderFields>(body: Body, headers: IncomingHttpHeaders, place?: number): Body {
  const traceId = body.traceId ?? traceOf(headers['traceparent']);
  const idempotencyKey = keyOf(body, headers, place);
  return {
    ...body,
    ...(traceId === undefined ? {} : { traceId }),
    ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
  };
}

/** The idempotency key of a request, from its body or its header. */
export function keyOf(body: HeaderFields, headers: IncomingHttpHeaders, place?: number): string | undefined {
  const given = headers['idempotency-key'];
  if (given === undefined) return body.idempotencyKey;
  if (typeof given !== 'string' || given === '' || given.length > 240)
    throw new HeedError(
      'invalid-input',
      'cannot read this request, as Idempotency-Key must be one text of 1 to 240 characters: it is not',
    );
  if (place !== undefined) return body.idempotencyKey ?? `${given}/${place}`;
  if (body.idempotencyKey !== undefined && body.idempotencyKey !== given) {
    throw new HeedError(
      'invalid-input',
      `cannot read this request, as Idempotency-Key must be the body's key ${body.idempotencyKey}: it is ${given}`,
    );
  }
  return given;
}

/** The trace id of a `traceparent` header. */
export function traceOf(traceparent: string | string[] | undefined): string | undefined {
  return typeof traceparent === 'string'
    ? /^[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}/.exec(traceparent)?.[1]
    : undefined;
}
