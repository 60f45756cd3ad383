import { findPeerPython, printResult, readOptions, runPeer } from '../harness.ts';
import { dynamicalContestants, dynamicalSetting } from './dynamical.ts';
import { lastSwitchContestants, lastSwitchSetting } from './last-switch.ts';
import { measure } from './measure.ts';
import { switchingContestants, switchingSchedules, switchingSetting } from './switching.ts';

const options = readOptions(process.argv.slice(2));
const rounds = options.quick ? 65_536 : 262_144;
/** NumPy takes that many: it is slower by far, and its speed does not depend on how long it runs. */
const peerRounds = options.quick ? 4_096 : 16_384;

const figures: Record<string, Record<string, number>> = {};
const ratios: Record<string, number> = {};
const peers: Record<string, string> = {};
const skipped: Record<string, string> = {};

const contestants = [...dynamicalContestants, ...lastSwitchContestants, ...switchingContestants()];
const peer = findPeerPython('NumPy, about 70 MB on disk', 'papers');
const theirs =
  'skipped' in peer
    ? null
    : runPeer(peer.python, 'papers_numpy.py', [
        JSON.stringify({
          rounds: peerRounds,
          dynamical: dynamicalSetting,
          lastSwitch: lastSwitchSetting,
          switching: { ...switchingSetting, schedules: switchingSchedules(peerRounds) },
        }),
      ]);
if ('skipped' in peer) skipped['numpy'] = peer.skipped;
else peers['numpy'] = String(theirs?.['version']);

for (const contestant of contestants) {
  const { name } = contestant;
  const { roundsPerSecond, mean } = measure(contestant, rounds);
  const peerSpeed = Number(theirs?.[`${name} rounds per second`] ?? NaN);
  // Over as many rounds as NumPy had, so that the means tell whether both play the same game.
  const own = measure(contestant, peerRounds).mean;
  figures[name] = {
    heedRoundsPerSecond: roundsPerSecond,
    heedMean: mean,
    ...(theirs !== null && {
      numpyRoundsPerSecond: peerSpeed,
      heedMeanOfPeerRounds: own,
      numpyMean: Number(theirs[`${name} mean`] ?? NaN),
    }),
  };
  if (Number.isFinite(peerSpeed)) ratios[name] = roundsPerSecond / peerSpeed;
}
printResult({ name: 'papers', figures, ratios, peers, skipped }, options);
