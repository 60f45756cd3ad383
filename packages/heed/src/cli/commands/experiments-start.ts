import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { InvalidArgumentError } from 'commander';
import type { Command } from 'commander';
import type { ExperimentRequest } from '../../loop/index.ts';
import { HeedError } from '../../spec/index.ts';
import type { ArmPolicy } from '../../spec/index.ts';
import { serverCommand, wholeNumber } from '../command.ts';
import type { Execute, ServerOptions } from '../command.ts';
import { loopOf } from '../items.ts';
import { operator } from '../records.ts';

type Arm = ExperimentRequest['arms'][number];
type Guardrail = NonNullable<ExperimentRequest['guardrails']>[number];

interface StartOptions extends ServerOptions {
  readonly loop?: string;
  readonly arm: readonly Arm[];
  readonly guardrail: readonly Guardrail[];
  readonly horizon?: number;
  readonly file?: string;
  readonly by?: string;
  readonly why: string;
  readonly idempotencyKey?: string;
}

export function startCommand(execute: Execute): Command {
  return serverCommand('start', 'Start an experiment: its arms serve their subjects at once')
    .argument('<name>', 'a name of its own in the loop')
    .option('--loop <name>', 'the loop (default: the only one)')
    .option(
      '--arm <name=policy>',
      'an arm, the control first: policy is serving, baseline or an artifact; =policy@2 gives it twice the share',
      (text: string, before: readonly Arm[]) => [...before, armOf(text)],
      [],
    )
    .option(
      '--guardrail <feedback=tolerance>',
      'feedback that no arm must make more frequent by more than the tolerance, or the experiment ends by itself',
      (text: string, before: readonly Guardrail[]) => [...before, guardrailOf(text)],
      [],
    )
    .option(
      '--horizon <subjects>',
      'the experiment ends by itself after so many subjects',
      wholeNumber(1, Number.MAX_SAFE_INTEGER),
    )
    .option(
      '--file <json>',
      'what else is declared: arms with variants or learners, goals, alpha, outcomeSeconds, covariateSeconds, horizon, salt',
    )
    .option('--by <name>', 'who decides this (default: you)')
    .option('--why <reason>', 'the reason, kept with the experiment', 'started from the command line')
    .option('--idempotency-key <key>', 'the same key starts it once, however often it is asked for')
    .action(
      (name: string, { arm, guardrail, horizon, file, by, why, loop, idempotencyKey, ...options }: StartOptions) =>
        execute(options, async (session) => {
          const declared = file === undefined ? {} : await readDeclared(resolve(session.terminal.folder, file));
          const heed = await session.operator();
          const experiment = await heed.experiments.start({
            ...(arm.length > 0 && { arms: arm }),
            ...(guardrail.length > 0 && { guardrails: guardrail }),
            ...(horizon !== undefined && { horizon: { subjects: horizon } }),
            ...declared,
            loop: loop ?? declared.loop ?? (await loopOf(session, loop)),
            name,
            by: by ?? operator(),
            why,
            idempotencyKey,
          } as ExperimentRequest);
          const arms = experiment.arms.map((each) => each.name).join(', ');
          return { json: experiment, text: `${name} (${experiment.id}) runs in ${experiment.loop} with ${arms}` };
        }),
    );
}

async function readDeclared(path: string): Promise<Partial<ExperimentRequest>> {
  try {
    const declared: unknown = JSON.parse(await readFile(path, 'utf8'));
    if (typeof declared === 'object' && declared !== null) return declared;
  } catch (cause) {
    throw new HeedError('invalid-input', `cannot start an experiment, as ${path} must be JSON: ${String(cause)}`, {
      cause,
    });
  }
  throw new HeedError('invalid-input', `cannot start an experiment, as ${path} must hold an object: it does not`);
}

function armOf(text: string): Arm {
  const [, name, policy, weight] = /^([^=]+)=([^@]+)(?:@(.+))?$/.exec(text) ?? [];
  const share = weight === undefined ? undefined : Number(weight);
  if (name === undefined || policy === undefined || !(share === undefined || share > 0))
    throw new InvalidArgumentError('It must be as control=serving, new=ARTIFACT or new=ARTIFACT@2.');
  return { name, policy: policyOf(policy), ...(share !== undefined && { weight: share }) };
}

function policyOf(text: string): ArmPolicy {
  return text === 'serving' || text === 'baseline' ? { type: text } : { type: 'artifact', artifact: text };
}

function guardrailOf(text: string): Guardrail {
  const [, feedback, given] = /^([^=]+)(?:=(.+))?$/.exec(text) ?? [];
  const tolerance = given === undefined ? undefined : Number(given);
  if (feedback === undefined || !(tolerance === undefined || (tolerance >= 0 && tolerance <= 1)))
    throw new InvalidArgumentError('It must be as complaint or complaint=0.01.');
  return { feedback, ...(tolerance !== undefined && { tolerance }) };
}
