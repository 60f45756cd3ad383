import { createIds } from '../../packages/heed/src/math/index.ts';
import { createHeed } from '../../packages/heed/src/loop/index.ts';
import config from './heed.config.ts';
import { failuresOf } from './scenario.ts';
import type { Scenario } from './scenario.ts';
import { withFolder } from './workspace.ts';

const hourMs = 3_600_000;

/** The clock goes back an hour between requests: all is stored, read, learned from and replayed as if it had not. */
export const clockSetBack: Scenario = ({ quick }) =>
  withFolder(async (folder) => {
    let backMs = 0;
    const clock = (): number => Date.now() - backMs;
    const fresh = () => createIds(clock, (words) => crypto.getRandomValues(words));
    let newId = fresh();
    const heed = await createHeed(config, { folder, clock, newId: () => newId() });
    const amount = quick ? 20 : 200;
    const candidates = ['art', 'bread'].map((topic) => ({ item: topic, features: { topic } }));
    const decide = (key: string) =>
      heed.decide('front', { context: { hour: 9 }, candidates, idempotencyKey: key }).then(({ decision }) => decision);
    const judge = (key: string, decision: string) =>
      heed.feedback([{ loop: 'front', decision, name: 'click', idempotencyKey: key }]).then(([reply]) => reply);
    try {
      const before: string[] = [];
      for (let index = 0; index < amount; index += 1) before.push(await decide(`before ${index}`));
      const half = before.slice(0, amount / 2);
      for (const [index, decision] of half.entries()) await judge(`feedback ${index}`, decision);
      await heed.derive();
      backMs = hourMs;
      // One maker's ids never go back: a process that starts now knows of no later ones.
      newId = fresh();
      let repeated = 0;
      for (const [index, decision] of before.entries())
        if ((await decide(`before ${index}`)) === decision) repeated += 1;
      for (const [index, decision] of half.entries())
        if ((await judge(`feedback ${index}`, decision))?.status === 'duplicate') repeated += 1;
      const after: string[] = [];
      for (let index = 0; index < amount; index += 1) after.push(await decide(`after ${index}`));
      const late = [...before.slice(amount / 2), ...after];
      for (const [index, decision] of late.entries()) await judge(`late ${index}`, decision);
      await heed.derive();
      const report = await heed.train('front');
      let [settled, replayed] = [0, 0];
      for (const id of [...before, ...after]) {
        const { signals } = await heed.decisions.get(id);
        if (signals.filter(({ status }) => status === 'final').length === 1) settled += 1;
        if ((await heed.decisions.replay(id)).matches) replayed += 1;
      }
      return {
        figures: { decisions: 2 * amount, repeated, settled, learned: report.signalsUsed, replayed },
        failures: failuresOf({
          'a repeated key gives the row from before the change': repeated === amount + half.length,
          'every judged decision has one final signal': settled === 2 * amount,
          'every signal is learned from': report.signalsUsed === 2 * amount,
          'every decision is replayed bit for bit': replayed === 2 * amount,
        }),
      };
    } finally {
      await heed.close();
    }
  });
