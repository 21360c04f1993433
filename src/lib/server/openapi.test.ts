import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { operations } from '../model/api/operations.ts';
import { openApi } from './openapi.ts';

const routes = join(import.meta.dirname, '../../routes/api/v1');

/** METHOD path of every handler that a route file exports. */
function handlers(): string[] {
  return readdirSync(routes, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('+server.ts') && !file.startsWith('uploads'))
    .flatMap((file) => {
      const path = `/${file.replace(/\/\+server\.ts$/, '')}`.replace(/\[(\w+)\]/g, '{$1}');
      const source = readFileSync(join(routes, file), 'utf8');
      return [...source.matchAll(/export const (GET|POST|PUT|PATCH|DELETE)\b/g)].map(
        (match) => `${match[1]} ${path}`,
      );
    });
}

describe('openapi.json', () => {
  it('documents exactly the handlers that there are', () => {
    const documented = Object.values(operations).map(({ method, path }) => `${method} ${path}`);
    expect(documented.sort()).toEqual(handlers().sort());
  });

  it('gives every path parameter, query and body their schema', () => {
    const document = openApi('1.2.3') as {
      info: { version: string };
      paths: Record<
        string,
        Record<
          string,
          { parameters: { name: string; in: string; required: boolean }[]; requestBody?: unknown }
        >
      >;
    };
    expect(document.info.version).toBe('1.2.3');
    for (const [path, methods] of Object.entries(document.paths)) {
      if (path.startsWith('/uploads')) continue;
      const inPath = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]);
      for (const operation of Object.values(methods)) {
        const declared = operation.parameters.filter((parameter) => parameter.in === 'path');
        expect(declared.map(({ name }) => name)).toEqual(inPath);
        expect(declared.every(({ required }) => required)).toBe(true);
      }
    }
    const table = document.paths['/cases/{case}/tables/{table}']?.['get'];
    expect(table?.parameters.map(({ name }) => name)).toEqual([
      'case',
      'table',
      'filter',
      'from',
      'to',
      'input',
      'sort',
      'desc',
      'columns',
      'limit',
      'offset',
    ]);
    expect(document.paths['/cases']?.['post']?.requestBody).toMatchObject({
      content: { 'application/json': { schema: { required: ['name'] } } },
    });
  });
});
