import { configureLoop, loopVersion } from '../../loop/index.ts';
import type { HeedConfig } from '../../loop/index.ts';
import type { Store } from '../../store/index.ts';
import { sentenceOf } from '../output.ts';
import { fail, ok, warn } from './check.ts';
import type { Check } from './check.ts';

/** Compares each loop's version in the configuration with the one that serves. */
export async function checkLoopVersions(
  config: HeedConfig,
  store: Pick<Store, 'releases' | 'artifacts'>,
): Promise<Check[]> {
  return Promise.all(Object.keys(config.loops).map((name) => checkLoop(name, config, store)));
}

async function checkLoop(
  name: string,
  config: HeedConfig,
  store: Pick<Store, 'releases' | 'artifacts'>,
): Promise<Check> {
  const label = `loop ${name}`;
  const definition = config.loops[name];
  if (definition === undefined) return fail(label, 'it is not in the configuration', 'add it');
  let configured: string;
  try {
    configured = loopVersion(configureLoop(name, definition));
  } catch (error) {
    return fail(label, sentenceOf(error), 'correct heed.config.ts');
  }
  const release = await store.releases.latest(name, 'full');
  const artifact = release === null ? null : await store.artifacts.get(release.artifact);
  if (artifact === null) return ok(label, `version ${configured} is configured and has not run yet`);
  if (artifact.loopVersion === configured) return ok(label, `version ${configured} is configured and serves`);
  return warn(
    label,
    `version ${configured} is configured, ${artifact.loopVersion} serves`,
    'stop every `heed serve` and `heed worker` of the old configuration, then start them with this one',
  );
}
