/** The OpenAPI 3.1 document, made from the operations that the routes themselves parse with. */

import { z } from 'zod';
import { errorBody } from '../model/api/common.ts';
import { operations, type Operation } from '../model/api/operations.ts';
import { UPLOAD_HEADERS } from '../model/api/uploads.ts';

type Json = Record<string, unknown>;

const schemaOf = (type: z.ZodType, io: 'input' | 'output'): Json => {
  const { $schema: _dialect, ...schema } = z.toJSONSchema(type, { io, unrepresentable: 'any' }) as Json;
  return schema;
};

function parametersOf(type: z.ZodType, where: 'path' | 'query'): Json[] {
  const { properties = {}, required = [] } = schemaOf(type, 'input') as {
    properties?: Record<string, Json>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, { description, ...schema }]) => ({
    name,
    in: where,
    required: where === 'path' || required.includes(name),
    ...(description === undefined ? {} : { description }),
    schema,
  }));
}

const json = (schema: Json): Json => ({ 'application/json': { schema } });
const failure = {
  description: 'Refused or failed: one sentence says why',
  content: json({ $ref: '#/components/schemas/Error' }),
};

function replyOf({ reply, media, status }: Operation): Json {
  if (media !== undefined)
    return { description: 'The stream', content: { [media]: { schema: { type: 'string' } } } };
  if (reply instanceof z.ZodUndefined) return { description: status === 204 ? 'Done' : 'OK' };
  return { description: 'OK', content: json(schemaOf(reply, 'output')) };
}

function documentOf(operationId: string, operation: Operation): Json {
  const { summary, params, query, body, status, path } = operation;
  const takesBody = !(body instanceof z.ZodUndefined);
  return {
    operationId,
    summary,
    tags: [path.split('/')[path.startsWith('/cases/{case}/') ? 3 : 1]],
    parameters: [...parametersOf(params, 'path'), ...parametersOf(query, 'query')],
    ...(takesBody ? { requestBody: { required: true, content: json(schemaOf(body, 'input')) } } : {}),
    responses: { [String(status)]: replyOf(operation), default: failure },
  };
}

const uploads = {
  post: {
    operationId: 'createUpload',
    summary: 'tus 1.0: begins a resumable upload',
    tags: ['uploads'],
    responses: { '201': { description: 'Location says where to send the bytes' }, default: failure },
  },
};
const upload = {
  parameters: [
    { name: 'upload', in: 'path', required: true, schema: { type: 'string', pattern: '^[0-9a-f]{32}$' } },
  ],
  head: {
    operationId: 'getUpload',
    summary: 'tus 1.0: how far an upload has come',
    tags: ['uploads'],
    responses: { '200': { description: 'Upload-Offset says it' }, default: failure },
  },
  patch: {
    operationId: 'continueUpload',
    summary: 'tus 1.0: sends bytes; the last ones put the file into the object store',
    tags: ['uploads'],
    responses: {
      '204': {
        description: `After the last byte ${UPLOAD_HEADERS.sha256} and ${UPLOAD_HEADERS.known} tell the file's hash and whether it was known`,
      },
      default: failure,
    },
  },
  delete: {
    operationId: 'abandonUpload',
    summary: 'tus 1.0: gives an upload up',
    tags: ['uploads'],
    responses: { '204': { description: 'Done' }, default: failure },
  },
};

/** The document; `version` is that of the engine. */
export function openApi(version: string): Json {
  const paths: Record<string, Json> = { '/uploads': uploads, '/uploads/{upload}': upload };
  for (const [name, operation] of Object.entries(operations)) {
    paths[operation.path] = {
      ...paths[operation.path],
      [operation.method.toLowerCase()]: documentOf(name, operation),
    };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Coldwire',
      version,
      description: 'Captures in, every connection in DuckDB, answers out.',
    },
    servers: [{ url: '/api/v1' }],
    paths,
    components: { schemas: { Error: schemaOf(errorBody, 'output') } },
  };
}
