/** What one kind of fault came to. */
export interface ScenarioResult {
  readonly figures: Readonly<Record<string, number>>;
  /** What went against the laws, in words; empty where all held. */
  readonly failures: readonly string[];
  /** Why it could not be tried here. */
  readonly skipped?: string;
}

export interface ScenarioSettings {
  readonly quick: boolean;
  readonly seed: string;
  /** Ctrl-C: whatever waits gives up, and what was started is stopped. */
  readonly signal: AbortSignal;
  readonly report: (line: string) => void;
}

export type Scenario = (settings: ScenarioSettings) => Promise<ScenarioResult>;

/** The longest that Heed may take to serve again. */
export const restartWithinMs = 5_000;

/** The sentences that do not hold. */
export function failuresOf(held: Readonly<Record<string, boolean>>): string[] {
  return Object.entries(held).flatMap(([sentence, holds]) => (holds ? [] : [`it does not hold that ${sentence}`]));
}
