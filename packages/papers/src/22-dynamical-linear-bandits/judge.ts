import { atLeast, atMost, fullOnly, meanOf, ratioOf, reaches } from '../frame/checks.ts';
import type { Measured } from '../frame/checks.ts';
import { listOf, numberOf } from '../frame/paper.ts';
import type { Check, Judged, Outcome } from '../frame/paper.ts';
import { logSlope } from '../frame/statistics.ts';
import { bars, titles } from './config.ts';
import type { Settings } from './config.ts';
import { roundsNoted } from './experiment.ts';

function end(outcome: Outcome, name: string): number {
  return listOf(outcome, name).at(-1) ?? NaN;
}

export function judge({ outcomes, settings, preset }: Judged<Settings>): Check[] {
  const rounds = roundsNoted(settings.horizon, settings.checkpoints);
  const slope = (name: string): Measured => meanOf(outcomes.map((each) => logSlope(rounds, listOf(each, name))));
  const ratio = (first: string, second: string): Measured =>
    ratioOf(outcomes.map((each) => [end(each, first), end(each, second)]));
  const full = preset === 'full';
  const atEnd = ['discounted', 'discountedAsRun', 'autoregressive', 'exp3', 'batchedExp3'].map((player) => {
    const name = `2. regret, DynLin-UCB to ${titles[player] ?? player}, A, T = 10⁶`;
    return full ? reaches(name, ratio('dynamical A', `${player} A`), bars.half, 1) : fullOnly(name, `≤ ${bars.half}`);
  });
  const everyRound = '4. regret, learning from every round to DynLin-UCB, A, T = 10⁵';
  return [
    atMost('1. slope of log regret on log t, DynLin-UCB, A', slope('dynamical A'), bars.slope),
    atMost(
      '1. regret per round over the last tenth, DynLin-UCB, A',
      meanOf(outcomes.map((each) => numberOf(each, 'dynamical A late'))),
      full ? bars.perRoundFull : bars.perRound,
    ),
    reaches('2. regret, DynLin-UCB to Lin-UCB, A', ratio('dynamical A', 'linear A'), bars.half, 1),
    reaches('2. regret, DynLin-UCB to bound ρ̄ = 0, A', ratio('dynamical A', 'noPersistence A'), bars.half, 1),
    ...atEnd,
    ...['linear', 'noPersistence'].flatMap((player) => [
      reaches(`3. regret, ${titles[player]} to DynLin-UCB, C`, ratio(`${player} C`, 'dynamical C'), bars.slow, 1),
      atLeast(`3. slope of log regret on log t, ${titles[player]}, C`, slope(`${player} C`), bars.linear),
    ]),
    full
      ? fullOnly(everyRound, 'decided by the quick preset')
      : reaches(everyRound, ratio('everyRound A', 'dynamical A'), bars.everyRound, 1),
    atMost(
      '5. slope of log regret on log t at twice the spectral radius, A',
      slope('overestimated A'),
      bars.overestimated,
    ),
  ];
}
