import { spawnSync } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const workspace = join(import.meta.dirname, '../../../..');

/** How to get what the test of the checker needs. */
export const checkerReason =
  "PyPI's onnx cannot be installed with python3 -m venv and pip (or set HEED_ONNX_PYTHON to a Python that has it)";

function hasOnnx(python: string): boolean {
  return existsSync(python) && spawnSync(python, ['-c', 'import onnx'], { timeout: 60_000 }).status === 0;
}

/** A Python with `onnx`: `HEED_ONNX_PYTHON`, else a virtual environment in `.cache`, made once; or `null`. */
export function findOnnxPython(): string | null {
  const given = process.env.HEED_ONNX_PYTHON;
  if (given !== undefined) return hasOnnx(given) ? given : null;
  const folder = join(workspace, '.cache', 'onnx-checker');
  const python = join(folder, 'bin', 'python');
  if (hasOnnx(python)) return python;
  rmSync(folder, { recursive: true, force: true });
  process.stderr.write("installing PyPI's onnx into .cache/onnx-checker once (about 150 MB) …\n");
  spawnSync('python3', ['-m', 'venv', folder], { timeout: 60_000 });
  spawnSync(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', 'onnx'], { timeout: 180_000 });
  return hasOnnx(python) ? python : null;
}

/** What `onnx.checker` says of a file, its shape inference included: empty if nothing. */
export function checkerComplaint(python: string, file: string): string {
  const script = 'import onnx, sys; onnx.checker.check_model(onnx.load(sys.argv[1]), full_check=True)';
  const { status, stderr } = spawnSync(python, ['-c', script, file], { encoding: 'utf8', timeout: 60_000 });
  return status === 0 ? '' : stderr;
}
