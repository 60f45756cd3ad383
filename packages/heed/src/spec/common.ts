import { z } from 'zod';

/** The version of the records' format that this code writes; rows of every earlier one stay readable. */
export const schemaVersion = 1;

/** UUIDv7, made above the store. */
export const idSchema = z
  .string()
  .regex(/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/, 'must be a lower-case UUID');

/** UTC, ISO 8601 with milliseconds: `2026-01-06T09:30:00.000Z`. */
export const timeSchema = z.iso.datetime({ precision: 3 });

/** SHA-256 of a blob's bytes, in lower-case hexadecimal. */
export const hashSchema = z.string().regex(/^[0-9a-f]{64}$/, 'must be a SHA-256 in hexadecimal');

/** A loop's, namespace's or feedback's name. */
export const nameSchema = z
  .string()
  .regex(
    /^[A-Za-z][A-Za-z0-9_.-]{0,99}$/,
    'must start with a letter and hold letters, digits, ".", "_" or "-" (100 at most)',
  );

/** Whether PostgreSQL and a URL can hold a text: no half of a surrogate pair, no NUL. */
export function isPlainText(text: string): boolean {
  return text.isWellFormed() && !text.includes('\u0000');
}

/** Text that everything can hold. */
export const plainTextSchema = z.string().refine(isPlainText, 'must be well-formed text without NUL');

export const subjectSchema = plainTextSchema.min(1).max(256);
export const itemSchema = plainTextSchema.min(1).max(512);
export const idempotencyKeySchema = plainTextSchema.min(1).max(256);

export const jsonSchema = z.json();
export type JsonValue = z.infer<typeof jsonSchema>;
export type JsonObject = { [key: string]: JsonValue };
export const jsonObjectSchema: z.ZodType<JsonObject> = z.record(z.string(), jsonSchema);

/** What every record carries. */
export const recordHead = { schemaVersion: z.literal(schemaVersion), id: idSchema };

const partHead = { name: z.string().max(100).optional() };

const toolCallSchema = z.object({
  id: z.string(),
  name: z.string(),
  arguments: jsonSchema,
  raw: z.string().optional(),
});
export type ToolCall = z.infer<typeof toolCallSchema>;

const messageSchema = z.object({
  role: z.string().max(100),
  text: z.string(),
  toolCalls: z.array(toolCallSchema).optional(),
});

/** One typed piece of what was seen, said or shown. Vectors are float32, blobs are named by their hash. */
export const partSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('json'), ...partHead, value: jsonSchema }),
  z.object({ type: z.literal('vector'), ...partHead, values: z.array(z.number()) }),
  z.object({ type: z.literal('text'), ...partHead, text: z.string() }),
  z.object({ type: z.literal('messages'), ...partHead, messages: z.array(messageSchema) }),
  z.object({ type: z.literal('toolCall'), ...partHead, call: toolCallSchema }),
  z.object({ type: z.literal('toolResult'), ...partHead, call: z.string(), content: z.string(), failed: z.boolean() }),
  z.object({ type: z.literal('image'), ...partHead, blob: hashSchema, mediaType: z.string() }),
  z.object({ type: z.literal('blob'), ...partHead, blob: hashSchema, mediaType: z.string() }),
]);
export type Part = z.infer<typeof partSchema>;

/** What may be chosen: a declared kind of action, and no other. */
export const actionSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('choice'), item: itemSchema }),
  z.object({ type: z.literal('slate'), items: z.array(itemSchema) }),
  z.object({ type: z.literal('vector'), values: z.array(z.number()) }),
  z.object({
    type: z.literal('tokens'),
    /** Token ids, inline or as a blob of int32. */
    tokens: z.union([z.array(z.number().int().nonnegative()), hashSchema]),
    tokenizer: z.string(),
    /** 1 where the token is the policy's own, 0 where it was put there (a prompt, a tool's answer). */
    mask: z.union([z.array(z.union([z.literal(0), z.literal(1)])), hashSchema]).optional(),
    stopReason: z.enum(['end', 'length', 'stopSequence', 'toolCall', 'aborted']).optional(),
    sampling: jsonObjectSchema.optional(),
  }),
  z.object({
    type: z.literal('message'),
    parts: z.array(partSchema),
    raw: z.string(),
    valid: z.boolean(),
    /** Temperature and the like, where a model wrote it. */
    sampling: jsonObjectSchema.optional(),
  }),
  z.object({ type: z.literal('blob'), blob: hashSchema, mediaType: z.string() }),
]);
export type Action = z.infer<typeof actionSchema>;
