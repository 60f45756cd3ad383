import { createRandom } from '../../packages/heed/src/math/index.ts';

const candidateCount = 20;
export const featureCount = 32;
/** Registered items, of which each request names 20. */
export const itemCount = 2_000;

/** What is asked of a server, and how. */
export const scenarios = ['inline', 'keyed', 'registered', 'feedback', 'bare'] as const;
export type Scenario = (typeof scenarios)[number];

export interface Call {
  readonly path: string;
  /** A body that no request before had. */
  readonly next: () => string;
}

/** Makes the requests of a scenario; `ids` are decisions to judge. */
export function callsOf(scenario: Scenario, seed: string, ids: readonly string[]): Call {
  const random = createRandom(seed);
  switch (scenario) {
    case 'inline':
      return { path: '/v1/loops/front/decide', next: inlineBodies(random.uniform) };
    case 'bare':
      return { path: '/bare', next: inlineBodies(random.uniform) };
    case 'keyed':
      return { path: '/v1/loops/front/decide', next: keyedBodies(seed, random.uniform) };
    case 'registered':
      return { path: '/v1/loops/front/decide', next: () => registeredBody(random.uniform) };
    case 'feedback':
      return { path: '/v1/feedback', next: feedbackBodies(ids) };
  }
}

/** A feature's value, with the digits that float32 has. */
export function featureValue(uniform: () => number): number {
  return Number((uniform() * 2 - 1).toPrecision(6));
}

/** 20 candidates × 32 numbers; one number differs from request to request, so that no two candidate sets are the same. */
function inlineBodies(uniform: () => number): () => string {
  const templates = Array.from({ length: 64 }, () => {
    const candidates = Array.from({ length: candidateCount }, (_, item) => ({
      item: `article-${item}`,
      features: Object.fromEntries(
        Array.from({ length: featureCount }, (_unused, index) => [`f${index}`, featureValue(uniform)]),
      ),
    }));
    const text = JSON.stringify({ context: { hour: Math.floor(uniform() * 24) }, candidates });
    const at = text.lastIndexOf('"f31":') + '"f31":'.length;
    return { before: text.slice(0, at), after: text.slice(text.indexOf('}', at)) };
  });
  let count = 0;
  const offset = uniform();
  return () => {
    const { before, after } = templates[count % templates.length] ?? { before: '', after: '' };
    count += 1;
    return `${before}${(offset + count / 1e6).toFixed(6)}${after}`;
  };
}

/** As inline ones, each under an idempotency key of its own. */
function keyedBodies(seed: string, uniform: () => number): () => string {
  const next = inlineBodies(uniform);
  let count = 0;
  return () => `{"idempotencyKey":"${seed} ${(count += 1)}",${next().slice(1)}`;
}

function registeredBody(uniform: () => number): string {
  const chosen = new Set<string>();
  while (chosen.size < candidateCount) chosen.add(`item-${Math.floor(uniform() * itemCount)}`);
  return JSON.stringify({ context: { hour: Math.floor(uniform() * 24) }, candidates: [...chosen] });
}

function feedbackBodies(ids: readonly string[]): () => string {
  let count = 0;
  return () => {
    const decision = ids[count % ids.length] ?? '';
    count += 1;
    return `{"feedback":[{"loop":"front","decision":"${decision}","name":"click"}]}`;
  };
}
