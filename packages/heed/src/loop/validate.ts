import { Ajv } from 'ajv';
import type { ErrorObject, ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import { HeedError } from '../spec/index.ts';
import type { JsonObject, LoopConfiguration } from '../spec/index.ts';

/** Checks what comes in against a loop's own schemas; each throws HeedError `invalid-input` that names the field. */
export interface LoopValidators {
  context(value: unknown): void;
  candidate(value: unknown, item: string): void;
  /** `name` must be one of the loop's; its value must fit. */
  feedback(name: string, value: unknown): void;
}

/** Compiles a loop's schemas once, so that checking a decision costs microseconds. */
export function compileValidators(configuration: LoopConfiguration): LoopValidators {
  // Without it NaN is a number, which is stored as null.
  const ajv = new Ajv({ allErrors: false, strict: false, strictNumbers: true });
  addFormats.default(ajv);
  const context = ajv.compile(bare(configuration.context));
  const candidate = ajv.compile(bare(configuration.candidate));
  const values = new Map(
    Object.entries(configuration.feedback).map(([name, { value }]) => [
      name,
      value === null ? null : ajv.compile(bare(value)),
    ]),
  );

  function check(validate: ValidateFunction, value: unknown, what: string): void {
    if (!validate(value))
      throw new HeedError(
        'invalid-input',
        `cannot use ${what} in the loop ${configuration.name}, as ${describe(validate.errors?.[0])}`,
      );
  }

  return {
    context: (value) => check(context, value, 'this context'),
    candidate: (value, item) => check(candidate, value, `the features of ${item}`),
    feedback(name, value) {
      const validate = values.get(name);
      if (validate === undefined) {
        throw new HeedError(
          'invalid-input',
          `cannot take this feedback, as name must be one that the loop ${configuration.name} declares (${[...values.keys()].join(', ')}): it is ${name}`,
        );
      }
      if (validate !== null) check(validate, value, `the value of ${name}`);
    },
  };
}

function bare(schema: JsonObject): JsonObject {
  const { $schema: _dialect, ...rest } = schema;
  return rest;
}

function describe(error: ErrorObject | undefined): string {
  if (error === undefined) return 'it does not fit its schema';
  const where = error.instancePath === '' ? 'it' : error.instancePath.slice(1).replaceAll('/', '.');
  return `${where} ${error.message ?? 'does not fit its schema'}`;
}
