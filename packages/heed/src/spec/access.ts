import { z } from 'zod';
import { idSchema, jsonObjectSchema, nameSchema, timeSchema } from './common.ts';

/** What a key may do: each scope stands for itself, and none contains another. */
export const scopes = ['decide', 'feedback', 'read', 'operate'] as const;
export const scopeSchema = z.enum(scopes);
export type Scope = z.infer<typeof scopeSchema>;

/** An API key, without its secret. */
export const apiKeySchema = z.object({
  id: idSchema,
  name: z.string().min(1).max(200),
  /** The first characters of the secret, by which a person knows it again. */
  start: z.string(),
  scopes: z.array(scopeSchema).min(1),
  /** The loops that it may see; `null`: all of them. */
  loops: z.array(nameSchema).min(1).nullable(),
  createdAt: timeSchema,
  createdBy: z.string(),
  /** The key that it takes over from. */
  replaces: idSchema.nullable(),
  /** From then on it is refused. */
  endsAt: timeSchema.nullable(),
  endsWhy: z.enum(['rotated', 'revoked']).nullable(),
  /** To the minute. */
  usedAt: timeSchema.nullable(),
});
export type ApiKey = z.infer<typeof apiKeySchema>;

/** Something that an operator did, or was refused. */
export const auditEntrySchema = z.object({
  id: idSchema,
  at: timeSchema,
  /** The key that was used; `null` where none was. */
  key: idSchema.nullable(),
  /** The key's name, or `loopback`, `command line (…)`, `configuration`. */
  who: z.string(),
  action: z.string(),
  loop: z.string().nullable(),
  /** What it was done to: an artifact, a key, … */
  target: z.string().nullable(),
  /** `begun`: it was begun, and nobody knows how it ended; where that is known, the row of the outcome stands alone. */
  outcome: z.enum(['begun', 'done', 'refused', 'failed']),
  /** The row that was written before it was done. */
  begun: idSchema.nullable(),
  /** Of the error, where there was one. */
  code: z.string().nullable(),
  detail: jsonObjectSchema,
});
export type AuditEntry = z.infer<typeof auditEntrySchema>;
