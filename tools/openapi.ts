import { mkdir, writeFile } from 'node:fs/promises';
import { openApiDocument } from '../packages/heed/src/serving/index.ts';

const file = new URL('../docs/api/openapi.json', import.meta.url);
await mkdir(new URL('.', file), { recursive: true });
await writeFile(file, `${JSON.stringify(await openApiDocument(), null, 2)}\n`);
console.log('wrote docs/api/openapi.json');
