// A Fastify route that parses and validates the same body and answers as many bytes, and does nothing else: what remains
// of a decision's cost is Heed's. Prints its address.
import { Ajv } from 'ajv';
import { fastify } from 'fastify';

const server = fastify();
const validate = new Ajv({ strict: false }).compile({
  type: 'object',
  required: ['context', 'candidates'],
  properties: {
    context: { type: 'object' },
    candidates: {
      type: 'array',
      minItems: 1,
      items: {
        type: 'object',
        required: ['item', 'features'],
        properties: { item: { type: 'string' }, features: { type: 'object' } },
      },
    },
  },
});
server.setValidatorCompiler(() => (value: unknown) => ({ value: validate(value) ? value : null }));
server.post('/bare', { schema: { body: {} } }, async () => ({ answer: 'x'.repeat(700) }));
console.log(JSON.stringify({ url: await server.listen({ host: '127.0.0.1', port: 0 }) }));
