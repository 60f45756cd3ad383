import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { OpName } from './attributes.ts';
import { opFamilies, ops } from './ops.ts';
import type { OpTable } from './rule.ts';

const page = join(import.meta.dirname, '../../../../docs/api/ops.md');
const preface = `# The ops of @heed/compute

Every expression is made of these; the functions that users call (\`gelu\`, \`layerNorm\`, …) are made of them. Each has a shape
rule, a gradient made of ops, a rule for \`vmap\`, its form in ONNX, and a reference in float64. Gradients have gradients, of
every op: none is of first order only.
This page is written from the table itself: \`npx vitest run packages/compute/src/graph/reference.test.ts --update\`.
`;

function gradientOf(op: OpName): string {
  const { gradient, why } = (ops as OpTable)[op];
  if (gradient === null) return `none: ${why ?? ''}`;
  return why === undefined ? 'yes' : `yes; ${why}`;
}

test('the page of ops says what the table says, and each row says what it is for', async () => {
  const sections = Object.entries(opFamilies).map(([family, names]) => {
    const rows = names.map(
      (name) => `| \`${name}\` | ${ops[name].summary.replaceAll('|', String.raw`\|`)} | ${gradientOf(name)} |`,
    );
    return [`## ${family}`, '', '| op | what it gives | gradient |', '| --- | --- | --- |', ...rows].join('\n');
  });
  expect(Object.values(opFamilies).flat().toSorted()).toEqual(Object.keys(ops).toSorted());
  for (const { summary } of Object.values(ops)) expect(summary).not.toBe('');
  await expect(`${preface}\n${sections.join('\n\n')}\n`).toMatchFileSnapshot(page);
});
