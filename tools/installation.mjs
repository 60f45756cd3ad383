// What is installed, against what package-lock.json asks for. Plain JavaScript for Node 20: see bootstrap.mjs.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * True where `version` is `least` or newer, both as `major.minor.patch`.
 * @param {string} version
 * @param {string} least
 */
export function meetsVersion(version, least) {
  const has = version.split('.').map((part) => Number.parseInt(part, 10));
  const needs = least.split('.').map((part) => Number.parseInt(part, 10));
  for (const [place, need] of needs.entries()) {
    const part = has[place] ?? Number.NaN;
    if (part !== need) return part > need;
  }
  return true;
}

/**
 * True where node_modules holds what package-lock.json asks for. npm writes its own record of an installation
 * last, so that one cut short has none.
 * @param {string} root
 */
export function isInstalled(root) {
  const recordFile = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(recordFile)) return false;
  const { packages: wanted } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  const { packages: found } = JSON.parse(readFileSync(recordFile, 'utf8'));
  return Object.entries(wanted).every(([path, asked]) => {
    // The record has the packages under node_modules only, without workspaces and other platforms' packages.
    if (!path.includes('node_modules/')) return true;
    const has = found[path];
    if (has === undefined) return asked.optional === true || asked.devOptional === true || asked.peer === true;
    return asked.link === true ? has.link === true : has.version === asked.version && has.integrity === asked.integrity;
  });
}

/**
 * The Node.js version that package.json pins as the dev dependency `node`.
 * @param {string} root
 */
export function pinnedNodeVersion(root) {
  return JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).devDependencies.node;
}
