import { findPeerPython, printResult, readOptions, runPeer } from '../harness.ts';
import { dynamicalContestants, dynamicalSetting } from './dynamical.ts';
import { lastSwitchContestants, lastSwitchSetting } from './last-switch.ts';
import { measure } from './measure.ts';
import { switchingContestants, switchingSchedules, switchingSetting } from './switching.ts';

const options = readOptions(process.argv.slice(2));
/** Rounds of both: the length of a loop changes its speed where blocks grow. */
const rounds = options.quick ? 4_096 : 16_384;
const longRounds = options.quick ? 65_536 : 262_144;

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
          rounds,
          dynamical: dynamicalSetting,
          lastSwitch: lastSwitchSetting,
          switching: { ...switchingSetting, schedules: switchingSchedules(rounds) },
        }),
      ]);
if ('skipped' in peer) skipped['numpy'] = peer.skipped;
else peers['numpy'] = String(theirs?.['version']);

for (const contestant of contestants) {
  const { name } = contestant;
  // The long run first, which warms up. Means tell whether both play the same game; Lin-UCB's hangs on its first pull.
  const long = measure(contestant, longRounds);
  const own = measure(contestant, rounds);
  const peerSpeed = Number(theirs?.[`${name} rounds per second`] ?? NaN);
  const compared = Number.isFinite(peerSpeed);
  figures[name] = {
    heedRoundsPerSecond: own.roundsPerSecond,
    heedRoundsPerSecondLong: long.roundsPerSecond,
    heedMean: own.mean,
    ...(compared && { numpyRoundsPerSecond: peerSpeed, numpyMean: Number(theirs?.[`${name} mean`]) }),
  };
  if (compared) ratios[name] = own.roundsPerSecond / peerSpeed;
}
printResult({ name: 'papers', figures, ratios, peers, skipped }, options);
