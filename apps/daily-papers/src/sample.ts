import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { isDay } from './import/dates.ts';

const daySchema = z.string().refine(isDay, 'must be a day, as 2026-01-06');

const sampleSchema = z.object({
  about: z.string(),
  /** The day whose page showed these papers. */
  featuredOn: daySchema,
  papers: z.array(
    z.strictObject({
      title: z.string(),
      authors: z.number().int().positive().nullable(),
      organisation: z.string().nullable(),
      publishedOn: daySchema,
      comments: z.number().int().nonnegative(),
      /** In our own words: the sample ships no abstracts. */
      summary: z.string(),
    }),
  ),
});

export type Sample = z.infer<typeof sampleSchema>;

/** The 39 papers that the app starts with. */
export function readSample(): Sample {
  return sampleSchema.parse(JSON.parse(readFileSync(new URL('../sample/papers.json', import.meta.url), 'utf8')));
}
