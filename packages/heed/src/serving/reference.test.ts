import { expect, test } from 'vitest';
import { routeAccess } from './access.ts';
import { openApiDocument } from './document.ts';

const page = new URL('../../../../docs/guide/http.md', import.meta.url).pathname;

const preface = `# The HTTP routes

[docs/api/openapi.json](../api/openapi.json) is the whole contract, with every schema; a running server gives it at \`/openapi.json\`.

- Bodies and answers are JSON, but for files and event streams. Fields that are not known are refused.
- Errors are problem documents with a stable \`code\`: see [errors](errors.md).
- \`Idempotency-Key\` stands for the body's \`idempotencyKey\`; in a batch each request gets its own from it. The trace id of \`traceparent\` is kept with the decision.
- Lists are newest first: \`limit\` (1–1,000, default 50) and \`after\`, which takes the \`next\` of the page before.
- \`Authorization: Bearer …\` carries the API key. On a loopback address it may be left out, the server answers under loopback names alone, and pages of other sites are refused everywhere but at \`/v1/feedback/token\`. See [security](security.md).
- Personalizer's routes are there where the configuration asks for them (see [moving from Personalizer](moving-from-personalizer.md)). Their key may come as \`Ocp-Apim-Subscription-Key\`, their errors have Personalizer's shape, and unknown fields are left out.
- A body is JSON of at most 4 MiB, nested at most 32 deep, sent as \`application/json\`; 429, 503 and 507 say in \`Retry-After\` when to come back.
`;

interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly description: string;
  readonly tags: readonly string[];
}

/** Every route with what it does, by the names of their groups. */
async function reference(): Promise<string> {
  const { paths, tags } = (await openApiDocument()) as {
    readonly paths: { readonly [path: string]: { readonly [method: string]: Operation } };
    readonly tags: readonly { readonly name: string }[];
  };
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ route: `${method.toUpperCase()} ${path}`, ...operation })),
  );
  const grouped = new Set(tags.map(({ name }) => name));
  const lost = operations.filter((operation) => !operation.tags.some((tag) => grouped.has(tag)));
  expect(lost.map(({ route }) => route)).toEqual([]);
  const sections = tags.map(({ name }) =>
    [
      `## ${name}`,
      ...operations
        .filter((operation) => operation.tags.includes(name))
        .map(
          ({ route, summary, description, operationId }) =>
            `\`${route}\`: **${summary}**. ${description} Scope: ${routeAccess[operationId]?.scope ?? 'none'}.`,
        ),
    ].join('\n\n'),
  );
  return [preface.trimEnd(), ...sections].join('\n\n');
}

test('the page about HTTP names every route', async () => {
  await expect(`${await reference()}\n`).toMatchFileSnapshot(page);
});
