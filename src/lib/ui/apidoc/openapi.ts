/** What the API page reads from an OpenAPI 3 document: a list of operations, with schemas written out in short. */

export interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly additionalProperties?: boolean | Schema;
  readonly description?: string;
  readonly default?: unknown;
  readonly pattern?: string;
}

interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly required?: boolean;
  readonly description?: string;
  readonly schema?: Schema;
}

interface Content {
  readonly content?: Readonly<Record<string, { readonly schema?: Schema }>>;
  readonly description?: string;
}

interface Method {
  readonly operationId?: string;
  readonly summary?: string;
  readonly description?: string;
  readonly tags?: readonly string[];
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: Content;
  readonly responses?: Readonly<Record<string, Content>>;
}

export interface OpenApi {
  readonly openapi: string;
  readonly info: { readonly title: string; readonly version: string; readonly description?: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, Method>>>>;
  readonly components?: { readonly schemas?: Readonly<Record<string, Schema>> };
}

export interface Operation {
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly summary: string;
  readonly description: string;
  readonly parameters: readonly Parameter[];
  readonly body: Schema | undefined;
  readonly replies: readonly {
    status: string;
    description: string;
    type: string;
    schema: Schema | undefined;
  }[];
}

const METHODS = ['get', 'post', 'put', 'patch', 'delete', 'head'];

const firstSchema = (content: Content | undefined): { type: string; schema: Schema | undefined } => {
  const [type, media] = Object.entries(content?.content ?? {})[0] ?? ['', undefined];
  return { type, schema: media?.schema };
};

export function operations(document: OpenApi): Operation[] {
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    METHODS.filter((method) => methods[method] !== undefined).map((method) => {
      const one = methods[method] ?? {};
      return {
        id: one.operationId ?? `${method} ${path}`,
        method: method.toUpperCase(),
        path,
        summary: one.summary ?? '',
        description: one.description ?? '',
        parameters: one.parameters ?? [],
        body: firstSchema(one.requestBody).schema,
        replies: Object.entries(one.responses ?? {}).map(([status, reply]) => ({
          status,
          description: reply.description ?? '',
          ...firstSchema(reply),
        })),
      };
    }),
  );
}

const INDENT = '  ';

/** A schema as a reader writes it: TypeScript's shorthand, with descriptions behind. References are named, not followed. */
export function schemaText(schema: Schema | undefined, depth = 0): string {
  if (!schema) return 'nothing';
  if (schema.$ref) return schema.$ref.split('/').at(-1) ?? 'object';
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(' | ');
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices) return choices.map((choice) => schemaText(choice, depth)).join(' | ');
  if (schema.allOf) return schema.allOf.map((part) => schemaText(part, depth)).join(' & ');
  if (schema.properties) return objectText(schema, depth);
  if (schema.items) {
    const item = schemaText(schema.items, depth);
    return item.includes(' | ') ? `(${item})[]` : `${item}[]`;
  }
  if (typeof schema.additionalProperties === 'object')
    return `{ [name]: ${schemaText(schema.additionalProperties, depth)} }`;
  return typeof schema.type === 'string' ? schema.type : (schema.type?.join(' | ') ?? 'any');
}

function objectText(schema: Schema, depth: number): string {
  const inner = INDENT.repeat(depth + 1);
  const lines = Object.entries(schema.properties ?? {}).map(([name, property]) => {
    const optional = schema.required?.includes(name) === true ? '' : '?';
    const note = property.description ? `  // ${property.description}` : '';
    return `${inner}${name}${optional}: ${schemaText(property, depth + 1)}${note}`;
  });
  return lines.length === 0 ? '{}' : `{\n${lines.join('\n')}\n${INDENT.repeat(depth)}}`;
}
