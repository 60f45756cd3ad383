import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { workspace } from '../processes.ts';

/** What the steps of the pack test hand to one another. */
export interface PackTest {
  /** The folder of the package in the workspace. */
  readonly source: string;
  /** An empty folder outside the workspace, where the tarball is installed. */
  readonly consumer: string;
  /** Where the tarball was written. */
  tarball: string;
}

/** The part of package.json that says what can be imported. */
export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly exports: Readonly<Record<string, unknown>>;
  readonly dependencies: Readonly<Record<string, string>>;
}

export function readManifest(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;
}

/** What a user can import: `heed`, `heed/client`, …; without `heed/package.json`. */
export function importPaths({ name, exports }: Manifest): string[] {
  const keys = Object.keys(exports).filter((key) => !key.endsWith('.json'));
  return keys.map((key) => (key === '.' ? name : `${name}/${key.slice(2)}`));
}

/** A tool of the workspace's node_modules. */
export function tool(path: string): string {
  return join(workspace, 'node_modules', path);
}
