import { z } from 'zod';

/** Schemas that have a name in the API's document. */
export const components = z.registry<{ id: string; description?: string }>();

/** Gives a schema its name in the API's document. */
export function named<Schema extends z.ZodType>(id: string, schema: Schema): Schema {
  components.add(schema, { id });
  return schema;
}

/**
 * JSON that is not looked into. A parsed body is JSON already: walking it again would cost more than all other checks,
 * and a loop's own schemas are checked where the loop runs.
 */
export const anyJson = z.unknown() as z.ZodType<z.infer<ReturnType<typeof z.json>>>;
export const anyJsonObject = z.looseObject({}) as unknown as z.ZodType<{
  [key: string]: z.infer<ReturnType<typeof z.json>>;
}>;
