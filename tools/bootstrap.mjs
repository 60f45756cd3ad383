// Runs one of the workspace's TypeScript programs, after making sure that everything it needs is installed.
// Usage: node tools/bootstrap.mjs program.ts [argument …]
// Plain JavaScript without dependencies: it has to run under Node 20, before anything is installed.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { basename, delimiter, dirname, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isInstalled, meetsVersion, pinnedNodeVersion } from './installation.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const pinnedNode = join(root, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node');

class Refusal extends Error {}

function say(line) {
  process.stderr.write(`heed: ${line}\n`);
}

/** PATH without folders under node_modules: npm puts those first, and an installation deletes what they hold. */
function machinePath() {
  const folders = (process.env.PATH ?? '').split(delimiter);
  return folders.filter((folder) => !folder.split(sep).includes('node_modules')).join(delimiter);
}

/** How npm is called: the copy that runs this script if there is one, else the first `npm` on the PATH. */
function npmCommand() {
  const running = process.env.npm_execpath;
  if (running !== undefined && basename(running) === 'npm-cli.js' && existsSync(running)) {
    return { program: 'node', first: [running], shell: false };
  }
  return { program: 'npm', first: [], shell: process.platform === 'win32' };
}

function runNpm(argumentList, stdio) {
  const { program, first, shell } = npmCommand();
  // What ONNX Runtime's install script would fetch besides its package is for NVIDIA cards, and fails without a network.
  const env = { ONNXRUNTIME_NODE_INSTALL: 'skip', ...process.env, PATH: machinePath() };
  return spawnSync(program, [...first, ...argumentList], { cwd: root, env, stdio, shell, encoding: 'utf8' });
}

function checkMachine() {
  if (!meetsVersion(process.versions.node, '20.0.0')) {
    throw new Refusal(
      `cannot start, as Node.js must be 20 or newer: it is ${process.versions.node}. Install a newer one from https://nodejs.org.`,
    );
  }
  const asked = runNpm(['--version'], 'pipe');
  const version = asked.stdout?.trim() ?? '';
  if (asked.status !== 0) {
    throw new Refusal(
      'cannot start, as npm must be on the PATH: it was not found. It comes with Node.js from https://nodejs.org.',
    );
  }
  if (!meetsVersion(version, '10.0.0')) {
    throw new Refusal(`cannot start, as npm must be 10 or newer: it is ${version}. Run "npm install --global npm@11".`);
  }
}

function install() {
  checkMachine();
  say('installing the packages that package-lock.json names into node_modules (once; about half a minute) …');
  const started = performance.now();
  const done = runNpm(['ci', '--no-fund', '--no-audit', '--loglevel=error'], 'inherit');
  if (done.status !== 0) {
    throw new Refusal(
      'cannot start, as "npm ci" must succeed: it failed with the error above. Check the network, the free disk space and who owns this folder, then try again.',
    );
  }
  say(`installed in ${Math.round((performance.now() - started) / 1000)} s`);
}

function pinnedNodeRuns(wanted) {
  if (!existsSync(pinnedNode)) return false;
  return spawnSync(pinnedNode, ['--version'], { encoding: 'utf8' }).stdout?.trim() === `v${wanted}`;
}

/** npm 12 and newer leave out install scripts that are not allowed, also when asked to by a machine's settings. */
function ensurePinnedNode() {
  const wanted = pinnedNodeVersion(root);
  if (pinnedNodeRuns(wanted)) return;
  say(`Node.js ${wanted} is not in node_modules, as its install script did not run: running it now …`);
  runNpm(['rebuild', 'node', '--ignore-scripts=false', '--loglevel=error'], 'inherit');
  if (pinnedNodeRuns(wanted)) return;
  throw new Refusal(
    `cannot start, as node_modules/node/bin/node must be Node.js ${wanted}: it is missing or another version. ` +
      'Run "npm ci --ignore-scripts=false" and read its messages; the install script of the package "node" must be allowed to run.',
  );
}

/** Runs the program in the foreground and ends as it ends: with its exit code, or by the signal that ended it. */
function runProgram(program, argumentList) {
  const env = {
    ...process.env,
    PATH: [dirname(pinnedNode), join(root, 'node_modules', '.bin'), process.env.PATH ?? ''].join(delimiter),
  };
  const child = spawn(pinnedNode, ['--conditions=heed-source', program, ...argumentList], {
    cwd: root,
    env,
    stdio: 'inherit',
  });
  // A terminal sends Ctrl-C to the child as well; passing it on there would ask it twice.
  process.on('SIGINT', () => process.stdin.isTTY || child.kill('SIGINT'));
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  // A signal to npm ends the shell between npm and us without reaching us: what shows is that our parent is another.
  const parent = process.ppid;
  setInterval(() => process.ppid === parent || child.kill('SIGTERM'), 500).unref();
  child.on('error', (error) => {
    say(`cannot start ${program}: ${error.message}`);
    process.exitCode = 1;
  });
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? 128 + (constants.signals[signal] ?? 0);
  });
}

try {
  const [program, ...argumentList] = process.argv.slice(2);
  if (program === undefined)
    throw new Refusal('cannot start, as the first argument must be a program of this workspace: it is missing.');
  if (!isInstalled(root)) install();
  ensurePinnedNode();
  if (!existsSync(join(root, program)))
    throw new Refusal(`cannot start, as ${program} must be a file of this workspace: it does not exist.`);
  runProgram(program, argumentList);
} catch (error) {
  if (!(error instanceof Refusal)) throw error;
  say(error.message);
  process.exitCode = 1;
}
