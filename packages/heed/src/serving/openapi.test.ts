import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { openApiDocument } from './document.ts';

interface Operation {
  readonly operationId?: string;
  readonly summary?: string;
  readonly description?: string;
}

const document = (await openApiDocument()) as unknown as {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, unknown> };
};

test('the checked-in document is that of the routes (npm run openapi writes it)', async () => {
  const file = new URL('../../../../docs/api/openapi.json', import.meta.url);
  expect(JSON.parse(await readFile(file, 'utf8'))).toEqual(JSON.parse(JSON.stringify(document)));
});

test('every operation has a name of its own, a summary and a description', () => {
  const operations = Object.values(document.paths).flatMap((path) => Object.values(path));
  expect(operations.length).toBeGreaterThan(25);
  for (const { operationId, summary, description } of operations) {
    expect(operationId).toMatch(/^[a-z][A-Za-z]+$/);
    expect(summary?.length).toBeGreaterThan(5);
    expect(description?.length).toBeGreaterThan(15);
  }
  expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(operations.length);
});

test('every component is used, found, and has a clean name', () => {
  const references = new Set(
    [...JSON.stringify(document).matchAll(/"#\/components\/schemas\/(.*?)"/g)].map(([, name = '']) => name),
  );
  expect([...references].toSorted((a, b) => (a < b ? -1 : 1))).toEqual(Object.keys(document.components.schemas));
  for (const name of references) expect(name).toMatch(/^[A-Z][A-Za-z]+(?<!Input)$/);
});
