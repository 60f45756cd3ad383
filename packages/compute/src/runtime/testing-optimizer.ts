import type { OptimizerRule, OptimizerStep } from './optimizer.ts';
import { optimizerDefaults } from './optimizer.ts';

const f = Math.fround;

/** The optimisers as a plain loop in float32, element by element. */
export function plainStep(
  rule: OptimizerRule,
  arrays: { parameter: Float32Array; gradient: Float32Array; state: readonly Float32Array[] },
  { learningRate, step }: OptimizerStep,
  clip: number,
): void {
  const { parameter, gradient, state } = arrays;
  const [first = new Float32Array(), second = new Float32Array()] = state;
  const factor = f(clip);
  const rate = f(learningRate);
  if (rule.kind === 'adam') {
    const { beta1, beta2, epsilon, weightDecay, decoupled } = { ...optimizerDefaults.adam, ...rule };
    const [b1, c1, b2, c2] = [f(beta1), f(1 - beta1), f(beta2), f(1 - beta2)];
    const stepSize = f(learningRate / (1 - beta1 ** step));
    const rootScale = f(1 / Math.sqrt(1 - beta2 ** step));
    const small = f(epsilon);
    const keep = f(decoupled ? 1 - learningRate * weightDecay : 1);
    const decay = f(decoupled ? 0 : weightDecay);
    for (let i = 0; i < parameter.length; i += 1) {
      const p = parameter[i] ?? 0;
      const g = f(f(factor * (gradient[i] ?? 0)) + f(decay * p));
      const m = f(f(b1 * (first[i] ?? 0)) + f(c1 * g));
      const v = f(f(b2 * (second[i] ?? 0)) + f(c2 * f(g * g)));
      first[i] = m;
      second[i] = v;
      parameter[i] = f(f(p * keep) - f(stepSize * f(m / f(f(f(Math.sqrt(v)) * rootScale) + small))));
    }
    return;
  }
  const { weightDecay } = { ...optimizerDefaults[rule.kind], ...rule };
  for (let i = 0; i < parameter.length; i += 1) {
    const p = parameter[i] ?? 0;
    const g = f(f(factor * (gradient[i] ?? 0)) + f(f(weightDecay) * p));
    const s = first[i] ?? 0;
    if (rule.kind === 'sgd') {
      const { momentum, nesterov } = { ...optimizerDefaults.sgd, ...rule };
      const v = f(f(f(momentum) * s) + g);
      first[i] = v;
      parameter[i] = f(p - f(rate * (nesterov ? f(g + f(f(momentum) * v)) : v)));
    } else {
      const { epsilon } = { ...optimizerDefaults[rule.kind], ...rule };
      const alpha = rule.kind === 'rmsprop' ? (rule.alpha ?? optimizerDefaults.rmsprop.alpha) : 1;
      const rest = rule.kind === 'rmsprop' ? f(1 - alpha) : 1;
      const v = f(f(f(alpha) * s) + f(rest * f(g * g)));
      first[i] = v;
      parameter[i] = f(p - f(rate * f(g / f(f(Math.sqrt(v)) + f(epsilon)))));
    }
  }
}
