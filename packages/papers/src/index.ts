export { listCommand, runCommand, showCommand } from './commands.ts';
export type { CommandResult, RunCommandOptions } from './commands.ts';
export { findPaper, papers } from './registry.ts';
export { runPaper } from './frame/run-paper.ts';
export type { PaperResult, PaperRun, RunPaperOptions, RunProgress } from './frame/run-paper.ts';
export type { Ablation, Check, Judged, Outcome, Paper, Preset, PresetName, SeedRun } from './frame/paper.ts';
export type { Curve, Figure } from './frame/figure.ts';
