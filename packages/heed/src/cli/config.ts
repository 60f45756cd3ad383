import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { HeedConfig } from '../loop/index.ts';
import { HeedError } from '../spec/index.ts';
import { sentenceOf } from './output.ts';

/** File names looked for, best first. */
export const configFileNames = ['heed.config.ts', 'heed.config.mts', 'heed.config.js', 'heed.config.mjs'] as const;

/** The first Node that runs TypeScript as it is. */
export const leastNodeVersion = '22.18.0';

export interface LoadedConfig {
  readonly config: HeedConfig;
  readonly path: string;
  /** The folder that the configuration lies in: the store's folder is relative to it. */
  readonly folder: string;
}

/**
 * The configuration file: `named`, or the nearest one from `folder` upwards.
 *
 * @throws HeedError `not-found`.
 */
export function findConfig(folder: string, named?: string): string {
  if (named !== undefined) {
    const path = resolve(folder, named);
    if (existsSync(path)) return path;
    throw new HeedError('not-found', `cannot load the configuration, as ${path} must exist: it does not`);
  }
  for (let at = resolve(folder); ; at = dirname(at)) {
    const found = configFileNames.map((name) => join(at, name)).find((path) => existsSync(path));
    if (found !== undefined) return found;
    if (dirname(at) === at) break;
  }
  throw new HeedError(
    'not-found',
    `cannot find heed.config.ts, as one must lie in ${folder} or in a folder above: none does (\`heed init\` writes one, --config names another file)`,
  );
}

/**
 * Finds, runs and checks the configuration.
 *
 * @throws HeedError `not-found`, `invalid-configuration`.
 */
export async function loadConfig(folder: string, named?: string): Promise<LoadedConfig> {
  const path = findConfig(folder, named);
  const module = await importFile(path);
  return { config: checkConfig(module.default, path), path, folder: dirname(path) };
}

/** Whether a version of Node is at least another: `major.minor.patch`, compared as numbers. */
export function isAtLeast(version: string, least: string): boolean {
  const [ours, theirs] = [version, least].map((text) => text.split('.').map((part) => Number.parseInt(part, 10)));
  for (const [index, number] of (theirs ?? []).entries()) {
    const own = ours?.[index] ?? 0;
    if (own !== number) return own > number;
  }
  return true;
}

async function importFile(path: string): Promise<{ readonly default?: unknown }> {
  if (/\.m?ts$/.test(path) && !isAtLeast(process.versions.node, leastNodeVersion)) {
    throw new HeedError(
      'invalid-configuration',
      `cannot load ${path}, as Node must run TypeScript, which it does from ${leastNodeVersion} on: it is ${process.versions.node} (update Node, or write the configuration as heed.config.js)`,
    );
  }
  try {
    return (await import(pathToFileURL(path).href)) as { default?: unknown };
  } catch (cause) {
    throw new HeedError('invalid-configuration', `cannot load ${path}, as ${whyNot(cause)}`, { cause });
  }
}

function whyNot(cause: unknown): string {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  const missing = /Cannot find package '([^']+)'/.exec(sentenceOf(cause))?.[1];
  if (code === 'ERR_MODULE_NOT_FOUND' && missing !== undefined)
    return `the package ${missing} that it imports must be installed: it is not (npm install ${missing})`;
  if (code === 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX')
    return `its TypeScript must be erasable (no enums, namespaces or parameter properties): ${sentenceOf(cause)}`;
  return `it must run without an error: ${sentenceOf(cause)}`;
}

const loopFields = ['context', 'candidate', 'action', 'feedback', 'reward'] as const;

/**
 * Checks what a configuration file exports by default.
 *
 * @throws HeedError `invalid-configuration` that names the field.
 */
export function checkConfig(value: unknown, path: string): HeedConfig {
  const invalid = (why: string): HeedError => new HeedError('invalid-configuration', `cannot use ${path}, as ${why}`);
  if (value === undefined)
    throw invalid('it must have a default export (export default defineHeed({ loops: … })): it has none');
  if (!isObject(value) || !isObject(value['loops']))
    throw invalid(`its default export must come from defineHeed({ loops: … }): it is ${describe(value)}`);
  const loops = Object.entries(value['loops']);
  if (loops.length === 0) throw invalid('loops must name at least one loop: it is empty');
  for (const [name, loop] of loops) {
    if (!isObject(loop)) throw invalid(`the loop ${name} must be an object: it is ${describe(loop)}`);
    for (const field of loopFields) {
      if (!isObject(loop[field])) throw invalid(`the loop ${name} must have ${field}: it is ${describe(loop[field])}`);
    }
    for (const field of ['context', 'candidate'] as const) {
      if (!isSchema(loop[field]))
        throw invalid(
          `${field} of the loop ${name} must be a schema made with zod 4 (z.object({ … })): it is ${describe(loop[field])}`,
        );
    }
  }
  return value as unknown as HeedConfig;
}

function isObject(value: unknown): value is { readonly [key: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Any copy of zod 4 will do, so `instanceof` would say too little. */
function isSchema(value: unknown): boolean {
  return isObject(value) && isObject(value['_zod']);
}

function describe(value: unknown): string {
  if (value === undefined) return 'missing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object'
    ? `an object with ${Object.keys(value).slice(0, 5).join(', ') || 'no fields'}`
    : `a ${typeof value}`;
}
