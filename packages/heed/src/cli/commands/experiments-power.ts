import { InvalidArgumentError } from 'commander';
import type { Command } from 'commander';
import { powerDefaults, unitsNeeded } from '../../loop/index.ts';
import { bareCommand } from '../command.ts';
import type { Execute, SharedOptions } from '../command.ts';
import { UsageError } from '../exit.ts';
import { facts } from '../output.ts';

interface PowerOptions extends SharedOptions {
  readonly effect: number;
  readonly rate?: number;
  readonly deviation?: number;
  readonly share: number;
  readonly alpha: number;
  readonly power: number;
  readonly correlation: number;
}

export function powerCommand(execute: Execute): Command {
  return bareCommand('power', 'Tell how many subjects an experiment takes to find an effect')
    .requiredOption('--effect <difference>', 'the difference of means that is to be found, in units of reward', nonzero)
    .option('--rate <share>', 'mean of a reward of 0 or 1, as 0.1; gives its deviation', fraction)
    .option('--deviation <number>', "standard deviation of one subject's reward, of a range of 1", positive)
    .option('--share <share>', 'share of the subjects in the arm that is compared', fraction, powerDefaults.share)
    .option('--alpha <probability>', 'probability of finding what is not there', fraction, powerDefaults.alpha)
    .option('--power <probability>', 'probability of finding what is there', fraction, powerDefaults.power)
    .option('--correlation <number>', 'of rewards with those before the experiment, which take noise away', within, 0)
    .action(({ effect, rate, deviation, share, alpha, power, correlation, ...options }: PowerOptions) =>
      execute(options, async () => {
        const whole = deviation ?? (rate === undefined ? undefined : Math.sqrt(rate * (1 - rate)));
        if (whole === undefined) throw new UsageError('either --rate or --deviation must be given');
        const left = whole * Math.sqrt(1 - correlation ** 2);
        const answer = unitsNeeded({ effect, deviation: left, share, alpha, power });
        return {
          json: { effect, deviation: left, share, alpha, power, ...answer },
          text: facts([
            [
              'watched all the time',
              `${answer.watched.toLocaleString('en')} subjects of both arms together, fewer where the effect is larger`,
            ],
            ['looked at once', `${answer.fixed.toLocaleString('en')} subjects, by a test at a planned moment`],
          ]),
        };
      }),
    );
}

const fraction = number((value) => value > 0 && value < 1, 'a number above 0 and below 1');
const positive = number((value) => value > 0 && value < Infinity, 'a number above 0');
const within = number((value) => value > -1 && value < 1, 'a number above −1 and below 1');
const nonzero = number((value) => Math.abs(value) > 0 && Math.abs(value) < Infinity, 'a number other than 0');

function number(holds: (value: number) => boolean, what: string): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (holds(value)) return value;
    throw new InvalidArgumentError(`It must be ${what}.`);
  };
}
