import type { FastifyRequest } from 'fastify';
import { HeedError } from '../spec/index.ts';
import { isShallow, isShallowText } from './depth.ts';
import type { Server } from './routes/route.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Media types of the body, where it is no JSON. */
    accepts?: readonly string[];
  }
}

const json = 'application/json';
/** Characters from which on a text is looked through before it is parsed. */
const longText = 65_536;

/** Reads JSON bodies that are not nested too deep, and no other kind. */
export function readBodies(server: Server, mostLevels: number): void {
  server.removeAllContentTypeParsers();
  // Fastify's own parser refuses `__proto__`, and says best what is wrong with a text.
  const parse = server.getDefaultJsonParser('error', 'error');
  server.addContentTypeParser(json, { parseAs: 'string' }, (request, body: string, done) => {
    // Clients that say JSON of every request say it of those without a body too.
    if (body === '' && request.routeOptions.schema?.body === undefined) {
      done(null, undefined);
      return;
    }
    if (body.length > longText && !isShallowText(body, mostLevels)) {
      done(tooDeep(mostLevels));
      return;
    }
    const end = (error: Error | null, value?: unknown): void => {
      if (error === null && !isShallow(value, mostLevels)) done(tooDeep(mostLevels));
      else done(error, value);
    };
    const value = parseHarmless(body);
    if (value === undefined) void parse(request, body, end);
    else end(null, value);
  });
}

/** The value of a text in which no `__proto__` and no `constructor` can be, however spelt: to look for them in what was parsed costs as much as parsing. */
function parseHarmless(body: string): unknown {
  if (body.includes('__proto__') || body.includes('constructor') || body.includes('\\u')) return undefined;
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

function tooDeep(mostLevels: number): HeedError {
  return new HeedError(
    'invalid-input',
    `cannot read this request, as its JSON must be nested at most ${mostLevels} deep: it is deeper`,
  );
}

/**
 * Refuses a body of another media type than the route takes, before it is read. A page of another site can send text and forms
 * without asking first, but not these.
 *
 * @throws Error with the status 415.
 */
export function requireMediaType({ headers, method, routeOptions }: FastifyRequest): void {
  if (method === 'GET' || method === 'HEAD' || method === 'OPTIONS' || routeOptions.url === undefined) return;
  const given = headers['content-type'];
  const empty = headers['content-length'] === undefined || headers['content-length'] === '0';
  if (given === undefined && empty && headers['transfer-encoding'] === undefined) return;
  const type = given?.split(';', 1)[0]?.trim().toLowerCase() ?? 'missing';
  const { accepts = [json] } = routeOptions.config ?? {};
  if (accepts.includes(type)) return;
  throw Object.assign(new Error(`Content-Type must be ${accepts.join(' or ')}: it is ${type}`), { statusCode: 415 });
}
