import { expect, it } from 'vitest';
import { operations, schemaText, type OpenApi } from './openapi.ts';

const document: OpenApi = {
  openapi: '3.1.0',
  info: { title: 'T', version: '1' },
  paths: {
    '/cases': {
      post: {
        operationId: 'createCase',
        summary: 'Makes one',
        requestBody: {
          content: { 'application/json': { schema: { $ref: '#/components/schemas/CaseCreate' } } },
        },
        responses: {
          '201': { description: 'made', content: { 'application/json': { schema: { type: 'object' } } } },
          '400': { description: 'refused' },
        },
      },
      get: {},
    },
  },
};

it('lists operations, reading before writing', () => {
  const list = operations(document);
  expect(list.map((one) => `${one.method} ${one.path} ${one.id}`)).toEqual([
    'GET /cases get /cases',
    'POST /cases createCase',
  ]);
  expect(list[1].body).toEqual({ $ref: '#/components/schemas/CaseCreate' });
  expect(list[1].replies.map((reply) => [reply.status, reply.type])).toEqual([
    ['201', 'application/json'],
    ['400', ''],
  ]);
});

it.each([
  [undefined, 'nothing'],
  [{ type: 'string' }, 'string'],
  [{ type: ['string', 'null'] }, 'string | null'],
  [{ enum: ['a', 'b'] }, '"a" | "b"'],
  [{ type: 'array', items: { anyOf: [{ type: 'string' }, { type: 'number' }] } }, '(string | number)[]'],
  [{ $ref: '#/components/schemas/Case' }, 'Case'],
  [{ type: 'object', additionalProperties: { type: 'number' } }, '{ [name]: number }'],
  [
    {
      type: 'object',
      required: ['a'],
      properties: { a: { type: 'number', description: 'seconds' }, b: { properties: { c: { const: 1 } } } },
    },
    '{\n  a: number  // seconds\n  b?: {\n    c?: 1\n  }\n}',
  ],
])('writes %j in short', (schema, text) => expect(schemaText(schema)).toBe(text));
