import swagger from '@fastify/swagger';
import { createJsonSchemaTransform, createJsonSchemaTransformObject } from 'fastify-type-provider-zod';
import { components } from './components.ts';
import type { Server } from './routes/route.ts';

const registry = { schemaRegistry: components };
const transform = createJsonSchemaTransform(registry);
const addComponents = createJsonSchemaTransformObject(registry);

type Json = { [key: string]: unknown };

/** Collects the routes that are added from now on into the API's document. */
export async function collectOpenApi(server: Server): Promise<void> {
  await server.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Heed',
        version: '1',
        description:
          'Decide, take feedback, learn, serve. Errors are problem documents (RFC 9457) with a stable `code`.',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      tags: [
        'decisions',
        'feedback',
        'loops',
        'artifacts',
        'jobs',
        'evaluations',
        'releases',
        'experiments',
        'episodes',
        'events',
        'exchange',
        'items',
        'subjects',
        'keys',
        'audit',
        'webhooks',
        'health',
        'personalizer',
      ].map((name) => ({ name })),
    },
    transform: (document) => {
      const made = transform(document);
      return { ...made, schema: { ...made.schema, response: problemTypes(made.schema.response as Json | undefined) } };
    },
    transformObject: (document) => tidyComponents(addComponents(document) as unknown as Json) as never,
  });
}

/** Problems have a media type of their own. */
function problemTypes(response: Json | undefined): unknown {
  if (response === undefined) return undefined;
  const typed = Object.entries(response).map(([status, schema]) =>
    status.endsWith('xx')
      ? [status, { description: 'A problem', content: { 'application/problem+json': { schema } } }]
      : [status, schema],
  );
  return opened(Object.fromEntries(typed));
}

/** Replies may gain fields: what is answered is never said to be closed. */
function opened(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value), (_key, inner: unknown) => {
    if (
      inner === null ||
      typeof inner !== 'object' ||
      !('additionalProperties' in inner) ||
      inner.additionalProperties !== false
    )
      return inner;
    const { additionalProperties: _closed, ...rest } = inner;
    return rest;
  });
}

/**
 * A schema that is asked for and one that is answered with are written as two components, `Name` and `NameInput`.
 * Where they are equal, or only one is used, `Name` stays; what nothing refers to goes.
 */
function tidyComponents(document: Json): Json {
  const { schemas: given = {} } = (document['components'] ?? {}) as { schemas?: Json };
  const schemas = Object.fromEntries(
    Object.entries(given).map(([name, schema]) => [name, name.endsWith('Input') ? schema : opened(schema)]),
  );
  let text = JSON.stringify({ ...document, components: { schemas } });
  const inputs = Object.keys(schemas).filter((name) => name.endsWith('Input') && name.slice(0, -5) in schemas);
  const used = reachable(document, schemas);
  const merged = new Set(
    inputs.filter((name) => !used.has(name) || !used.has(name.slice(0, -5)) || sameSchema(schemas, name)),
  );
  for (const name of merged)
    text = text.replaceAll(`"#/components/schemas/${name}"`, `"#/components/schemas/${name.slice(0, -5)}"`);
  const tidied = JSON.parse(text) as Json & { components: { schemas: Json } };
  for (const name of merged) {
    if (!used.has(name.slice(0, -5))) tidied.components.schemas[name.slice(0, -5)] = tidied.components.schemas[name];
    delete tidied.components.schemas[name];
  }
  const kept = reachable(tidied, tidied.components.schemas);
  tidied.components.schemas = Object.fromEntries(
    Object.entries(tidied.components.schemas)
      .filter(([name]) => kept.has(name))
      .toSorted(([a], [b]) => (a < b ? -1 : 1)),
  );
  return tidied;
}

function plain(schema: unknown): string {
  return JSON.stringify(schema).replaceAll(/(#\/components\/schemas\/\w+?)Input"/g, '$1"');
}

function sameSchema(schemas: Json, name: string): boolean {
  return plain(schemas[name]) === plain(schemas[name.slice(0, -5)]);
}

/** Names of the components that the paths refer to, directly or through others. */
function reachable(document: Json, schemas: Json): Set<string> {
  const found = new Set<string>();
  const waiting: unknown[] = [document['paths']];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    for (const [, name = ''] of JSON.stringify(next).matchAll(/"#\/components\/schemas\/(\w+)"/g)) {
      if (found.has(name)) continue;
      found.add(name);
      waiting.push(schemas[name]);
    }
  }
  return found;
}
