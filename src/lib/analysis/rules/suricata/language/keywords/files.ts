/** Files that travel in a protocol: name, magic, size, hashes; and sets of values from files. */

import { bufferNamed, PAYLOAD } from '../buffers.ts';
import type { DataSetFormat, DatasetType } from '../buffer-match.ts';
import { integer, integerTest } from '../integer-text.ts';
import type { Keyword, KeywordTable } from '../keyword.ts';
import { readContent } from './content.ts';
import { sideOf } from './sticky.ts';

/** `filename:"x"` and its kin: a content of file.name or file.magic that does not mind case. */
const text = (buffer: string, options: { readonly dot?: boolean }): Keyword => ({
  value: 'required',
  quotes: 'optional',
  negation: true,
  apply(draft, value) {
    const content = readContent(options.dot && !value.text.startsWith('.') ? { ...value, text: `.${value.text}` } : value);
    if (typeof content === 'string') return content;
    content.nocase = true;
    if (options.dot) content.endswith = true;
    draft.of(bufferNamed(buffer)).tests.push(content);
    draft.lastContent = content;
    return undefined;
  },
});

const filesize: Keyword = {
  value: 'required',
  quotes: 'optional',
  apply(draft, { text: written }) {
    const comma = written.indexOf(',');
    const side = comma < 0 ? undefined : sideOf(written.slice(0, comma));
    if (comma >= 0 && !side) return `Its filesize “${written}” has a side that is neither to_server nor to_client.`;
    const test = integerTest(written.slice(comma + 1), { bits: 64 });
    if (typeof test === 'string') return `Its filesize ${test}`;
    draft.appFields.push({ kind: 'integer', field: 'filesize', test, choice: 'any', side });
    return undefined;
  },
};

/** `filemd5:[!]list`: hashes of a file beside the rules. */
const hashList = (field: 'filemd5' | 'filesha1' | 'filesha256'): Keyword => ({
  value: 'required',
  quotes: 'optional',
  negation: true,
  apply(draft, { keyword, text: path, negated }) {
    if (draft.appFields.some((one) => one.field === field)) return `It has a second ${keyword}.`;
    draft.appFields.push({ kind: 'hashes', field, path, negated, hashes: undefined });
    return undefined;
  },
});

const TYPES: readonly DatasetType[] = ['string', 'md5', 'sha256', 'ipv4', 'ip'];
const typeOf = (word: string | undefined): DatasetType | undefined => (word === 'ipv6' ? 'ip' : TYPES.find((type) => type === word));

/** `set,name,type string,load path,state path,memcap 10mb,hashsize 1024,format csv`. */
const dataset: Keyword = {
  value: 'required',
  apply(draft, { text: written }) {
    if (!draft.sticky) return 'Its dataset has no sticky buffer before it.';
    const [command = '', name = '', ...parts] = written.split(',').map((part) => part.trim());
    if (!['set', 'unset', 'isset', 'isnotset'].includes(command)) return `Its dataset does “${command}”, which is none of set, unset, isset and isnotset.`;
    if (!/^\S{1,63}$/u.test(name)) return `Its dataset has the name “${name}”: it must have 1 to 63 characters and no space.`;
    const options = pairs(parts, ['type', 'load', 'save', 'state', 'memcap', 'hashsize', 'format', 'value_key', 'array_key', 'context_key', 'remove_key', 'enrichment_key']);
    if (typeof options === 'string') return `Its dataset ${options}`;
    const type = typeOf(options.get('type'));
    if (options.has('type') && !type) return `Its dataset is of the type “${options.get('type')}”, which is none of ${TYPES.join(', ')}.`;
    if (options.has('state') && (options.has('load') || options.has('save'))) return 'Its dataset has state beside load or save.';
    const sizes = ['memcap', 'hashsize'].find((one) => options.has(one) && integer(options.get(one) ?? '') === undefined);
    if (sizes !== undefined) return `Its dataset has a ${sizes} that is no number.`;
    const format = formatOf(options);
    if (typeof format === 'string') return `Its dataset ${format}`;
    draft.add(
      {
        kind: 'dataset',
        command: command as 'set',
        name,
        type,
        load: options.get('load') ?? options.get('state'),
        save: options.get('save') ?? options.get('state'),
        format,
      },
      false,
      PAYLOAD,
    );
    return undefined;
  },
};

/** `name, >, 10, type string, load path`. */
const datarep: Keyword = {
  value: 'required',
  apply(draft, { text: written }) {
    if (!draft.sticky) return 'Its datarep has no sticky buffer before it.';
    const [name = '', op = '', value = '', ...parts] = written.split(',').map((part) => part.trim());
    if (name === '' || !['<', '>', '==', '='].includes(op) || !/^\d+$/u.test(value) || Number(value) > 65_535) return `Its datarep “${written}” is not a name, a comparison and a number to 65535.`;
    const options = pairs(parts, ['type', 'load', 'memcap', 'hashsize', 'format', 'value_key', 'array_key']);
    if (typeof options === 'string') return `Its datarep ${options}`;
    const format = formatOf(options);
    if (typeof format === 'string') return `Its datarep ${format}`;
    const type = typeOf(options.get('type'));
    if (!type) return `Its datarep is of no type out of ${TYPES.join(', ')}.`;
    draft.add({ kind: 'datarep', name, op: op === '==' ? '=' : (op as '<'), value: Number(value), type, load: options.get('load'), format }, false, PAYLOAD);
    return undefined;
  },
};

const FORMATS: Readonly<Record<string, DataSetFormat['format']>> = { csv: 'csv', json: 'json', ndjson: 'ndjson', jsonline: 'ndjson' };

const formatOf = (options: ReadonlyMap<string, string>): DataSetFormat | string => {
  const written = options.get('format') ?? 'csv';
  const valueKey = options.get('value_key');
  if (!Object.hasOwn(FORMATS, written)) return `has the format “${written}”, which is none of csv, json and ndjson.`;
  if (written !== 'csv' && valueKey === undefined) return 'is JSON and says no value_key.';
  return { format: FORMATS[written], valueKey, arrayKey: options.get('array_key') };
};

const pairs = (parts: readonly string[], known: readonly string[]): Map<string, string> | string => {
  const found = new Map<string, string>();
  for (const part of parts) {
    const [, name, value] = /^(\S+)\s+(.+)$/u.exec(part) ?? ['', part, ''];
    if (!known.includes(name)) return `has “${part}”, which it does not know.`;
    if (found.has(name)) return `says ${name} twice.`;
    found.set(name, value);
  }
  return found;
};

export const FILES: KeywordTable = {
  filename: text('file.name', {}),
  fileext: text('file.name', { dot: true }),
  filemagic: text('file.magic', {}),
  filesize,
  'file.size': filesize,
  filemd5: hashList('filemd5'),
  filesha1: hashList('filesha1'),
  filesha256: hashList('filesha256'),
  dataset,
  datarep,
};
