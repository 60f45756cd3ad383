import { errorOfUnitMean, standardised } from './weights.ts';

/** One action's logged probabilities against how often it was taken. */
export interface ActionCalibration {
  readonly action: number;
  /** How it is called. */
  readonly name: string;
  readonly count: number;
  /** `(1/n) Σ 1[a] / p`: 1 where the probabilities are true and the action could always be taken. */
  readonly mean: number;
  readonly zScore: number;
}

export interface ActionWatch {
  add(action: Uint32Array, loggedProbability: Float64Array, count: number): void;
  /** The actions, most suspicious first; none where there were too many to tell apart. */
  diagnose(): ActionCalibration[];
}

const mostActions = 1_024;

/**
 * Compares `1[a] / p` with 1 for each action: what is drawn with probability p comes p of the time, whatever p depends on.
 * With `always`, every action could be taken every time, and a mean below 1 is as telling as one above.
 */
export function createActionWatch(always: boolean): ActionWatch {
  const places = new Map<number, number>();
  const counts = new Float64Array(mostActions);
  const sums = new Float64Array(mostActions);
  const squares = new Float64Array(mostActions);
  let rows = 0;
  let tooMany = false;
  return {
    add(action, loggedProbability, count) {
      rows += count;
      for (let row = 0; row < count && !tooMany; row += 1) {
        const own = action[row] ?? 0;
        let place = places.get(own);
        if (place === undefined) {
          place = places.size;
          if (place === mostActions) {
            tooMany = true;
            return;
          }
          places.set(own, place);
        }
        const inverse = 1 / (loggedProbability[row] ?? 1);
        counts[place] = (counts[place] ?? 0) + 1;
        sums[place] = (sums[place] ?? 0) + inverse;
        squares[place] = (squares[place] ?? 0) + inverse * inverse;
      }
    },
    diagnose() {
      if (tooMany) return [];
      const found = [...places].map(([action, place]): ActionCalibration => {
        const mean = (sums[place] ?? 0) / rows;
        const z = standardised(mean - 1, errorOfUnitMean(rows, sums[place] ?? 0, squares[place] ?? 0));
        return { action, name: String(action), count: counts[place] ?? 0, mean, zScore: always ? z : Math.max(0, z) };
      });
      return found.toSorted((x, y) => Math.abs(y.zScore) - Math.abs(x.zScore));
    },
  };
}
