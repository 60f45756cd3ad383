import { compile, type CompileRequest, type CompiledGraph, type ProductSite } from '../compile/compile.ts';
import { matmul } from '../graph/build/products.ts';
import { parameter } from '../graph/build/sources.ts';
import type { ProductForm } from '../graph/rule.ts';
import { defaultProductForm } from '../graph/rules/products.ts';
import type { Runtime } from './runtime.ts';

export interface ProductTunerOptions {
  /** Milliseconds, as `performance.now` tells them. */
  readonly clock: () => number;
  /** Forms that were found before: they are not measured again. */
  readonly known?: ReadonlyMap<string, ProductForm>;
  /** Times that each form is measured; the quickest counts, as nothing makes a product quicker than it is. */
  readonly rounds?: number;
  /** The default form stays where no other is quicker by this share. */
  readonly leastGain?: number;
}

export const productTunerDefaults = { rounds: 5, leastGain: 0.03 } as const;

export interface ProductTuner {
  /**
   * Compiles with each transposed product in the form that runs quickest here.
   *
   * Forms add up in different orders: two runs are the same bit for bit only with the same forms. Keep `forms()` with
   * what must be repeatable, and give it as `known`.
   */
  readonly compile: (request: CompileRequest) => Promise<CompiledGraph>;
  /** What was found so far, by `ProductSite.key`. */
  readonly forms: () => ReadonlyMap<string, ProductForm>;
}

/** One measurement lasts about so many multiplications and additions: a millisecond or two. */
const operationsMeasured = 100_000_000;
const mostSteps = 500;

/**
 * Finds out, once for each shape, in which form ONNX Runtime multiplies fastest when a side is transposed: weight
 * gradients have no single best one.
 *
 * @throws RangeError where the rounds are no whole number from 1.
 * @example
 * const tuner = createProductTuner(runtime, { clock: () => performance.now() });
 * const { model } = await tuner.compile({ inputs: { x, weights }, outputs: { gradient } });
 */
export function createProductTuner(runtime: Runtime, options: ProductTunerOptions): ProductTuner {
  const { clock, known = new Map(), rounds, leastGain } = { ...productTunerDefaults, ...options };
  if (!Number.isSafeInteger(rounds) || rounds < 1)
    throw new RangeError(`cannot measure products, as rounds must be a whole number from 1: it is ${rounds}`);
  const forms = new Map<string, ProductForm>(known);
  return {
    forms: () => forms,
    compile: async (request) => {
      const first = compile(request);
      for (const site of first.products)
        if (!forms.has(site.key)) forms.set(site.key, await quickestForm(runtime, site, { clock, rounds, leastGain }));
      return compile({ ...request, options: { ...request.options, productForms: forms } });
    },
  };
}

async function quickestForm(
  runtime: Runtime,
  site: ProductSite,
  { clock, rounds, leastGain }: Required<Omit<ProductTunerOptions, 'known'>>,
): Promise<ProductForm> {
  const usual = defaultProductForm(site.a.length, site.b.length);
  const candidates = [usual, ...productForms.filter((form) => form !== usual && suits(form, site))];
  const programs = await Promise.all(
    candidates.map((form) => runtime.load(productModel(site, form), { name: `product ${site.key}`, worker: 0 })),
  );
  const steps = Math.min(mostSteps, Math.ceil(operationsMeasured / operationsOf(site)));
  const quickest = candidates.map(() => Infinity);
  for (let round = 0; round <= rounds; round += 1) {
    for (const [index, program] of programs.entries()) {
      const start = clock();
      await program.runSteps({ steps });
      const duration = clock() - start;
      // The first round warms up.
      if (round > 0) quickest[index] = Math.min(quickest[index] ?? Infinity, duration);
    }
  }
  await Promise.all(programs.map((program) => program.close()));
  const best = quickest.indexOf(Math.min(...quickest));
  const gain = 1 - (quickest[best] ?? 0) / (quickest[0] ?? 0);
  return gain >= leastGain ? (candidates[best] ?? usual) : usual;
}

const productForms = ['gemm', 'fusedMatmul', 'transposeMatmul'] as const satisfies readonly ProductForm[];

function suits(form: ProductForm, { a, b }: ProductSite): boolean {
  return form !== 'gemm' || (a.length === 2 && b.length === 2);
}

function productModel({ key, a, b, transposeA, transposeB, alpha }: ProductSite, form: ProductForm) {
  const [left, right] = [parameter('a', a), parameter('b', b)];
  return compile({
    inputs: { left, right },
    outputs: { product: matmul(left, right, { transposeA, transposeB, alpha }) },
    options: { productForms: new Map([[key, form]]) },
  }).model;
}

function operationsOf({ a, b, transposeB }: ProductSite): number {
  const columns = b.at(transposeB ? -2 : -1) ?? 1;
  return Math.max(1, 2 * columns * a.reduce((product, length) => product * length, 1));
}
