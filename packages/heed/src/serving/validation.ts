import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import type { FastifySchemaCompiler, FastifySchemaValidationError } from 'fastify';
import { z } from 'zod';

/**
 * Validates by code that ajv compiles from the zod schema. Zod stays the contract; on the routes that every decision
 * and every reaction takes, it would cost more than the decision.
 */
export function createHotValidator(): FastifySchemaCompiler<unknown> {
  const ajv = new Ajv({ strict: false, useDefaults: true, coerceTypes: false, allErrors: false });
  addFormats.default(ajv);
  return ({ schema }) => {
    const { $schema: _dialect, ...bare } = z.toJSONSchema(schema as z.ZodType, { target: 'draft-7', io: 'input' });
    const validate = ajv.compile(bare);
    return (value: unknown) =>
      validate(value) ? { value } : { error: (validate.errors ?? []) as FastifySchemaValidationError[] };
  };
}
