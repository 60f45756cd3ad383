import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeModel } from './encode.ts';
import type { OnnxModel } from './types.ts';

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

const script = `
import json, onnx, sys
said = {}
for file in sorted(sys.argv[1:]):
    try:
        onnx.checker.check_model(onnx.load(file), full_check=True)
    except Exception as error:
        said[file.rsplit('/', 1)[-1]] = str(error)
print(json.dumps(said))
`;

/** What `onnx.checker` says of models, its shape inference included: by their names, nothing of those that are right. */
export function checkerComplaints(
  python: string,
  models: Readonly<Record<string, OnnxModel>>,
): Readonly<Record<string, string>> {
  const folder = mkdtempSync(join(tmpdir(), 'heed-onnx-'));
  try {
    const files = Object.entries(models).map(([name, model]) => {
      const file = join(folder, name.replaceAll('/', ' '));
      writeFileSync(file, encodeModel(model));
      return file;
    });
    const { stdout } = spawnSync(python, ['-c', script, ...files], { encoding: 'utf8', timeout: 120_000 });
    return JSON.parse(stdout) as Record<string, string>;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
