/** When something is told of generations. */
export const generationDefaults = {
  /** Of a generation's mean reward. */
  level: 0.95,
  /** Of the difference to the generation before: of a thousand generations that are as good as the one before, one alarms. */
  degradedLevel: 0.998,
  /** Of the autocorrelation: of 200 looks at generations without any pattern, one alarms. */
  oscillationLevel: 0.99,
  /** Subjects (decisions, where they have none) with known rewards that a generation must have to be compared. */
  leastClusters: 30,
  /** Values that a pattern is looked for in. */
  leastGenerations: 8,
  mostGenerations: 20,
} as const;
