/** docs/PROTOCOLS.md out of the registry, the tables and the notes. `node scripts/protocols.mjs` writes it. */

import { PROTOCOLS } from '../../src/lib/ingest/protocol/registry.ts';
import { TCP_APPLICATIONS, TCP_PATTERNS } from '../../src/lib/ingest/protocol/recognition/tcp-patterns.ts';
import { UDP_APPLICATIONS } from '../../src/lib/ingest/protocol/recognition/udp-applications.ts';
import { UDP_PATTERNS } from '../../src/lib/ingest/protocol/recognition/udp-patterns.ts';
import {
  type Column,
  connectionColumns,
  frameColumns,
  type Table,
} from '../../src/lib/model/tables/column.ts';
import { tableNamed } from '../../src/lib/model/tables.ts';
import { type ProtocolNote, PROTOCOL_NOTES, SHARED_TABLES } from './protocol-notes.ts';

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');
const row = (...cells: readonly string[]): string => `| ${cells.map(cell).join(' | ')} |`;

const typeOf = ({ kind, nullable, json, values }: Column): string =>
  `${json === true ? 'JSON' : kind}${values ? `: ${values.join(', ')}` : ''}${nullable ? ', may be absent' : ''}`;

const columnsTable = (columns: readonly Column[]): string[] => [
  row('field', 'type', 'unit', 'meaning', 'ECS', 'EVE'),
  row('---', '---', '---', '---', '---', '---'),
  ...columns
    .filter(({ internal }) => internal !== true)
    .map((column) =>
      row(column.name, typeOf(column), column.unit ?? '', column.doc, column.ecs ?? '', column.eve ?? ''),
    ),
];

const COMMON = new Set([...connectionColumns, ...frameColumns].map(({ name }) => name));

const tableSection = ({ name, doc, columns }: Table): string[] => [
  `### \`${name}\``,
  '',
  doc,
  '',
  ...columnsTable(columns.filter((column) => !COMMON.has(column.name))),
  '',
];

const known = (name: string): Table => {
  const table = tableNamed(name);
  if (!table) throw new Error(`There is no table ${name}.`);
  return table;
};

function parserLine(name: string): string {
  const parser = PROTOCOLS.find((one) => one.name === name);
  if (!parser) throw new Error(`There is no parser ${name}.`);
  const { transport, ports, needsPort } = parser;
  const where = transport === 'both' ? 'TCP and UDP' : transport.toUpperCase();
  const usual = ports.length === 0 ? 'no usual port' : `usual ports ${ports.join(', ')}`;
  return `- \`${name}\`: ${where}, ${usual}${needsPort === true ? ', asked on them alone' : ''}`;
}

const section = ({ title, source, parsers, tables, notDecoded }: ProtocolNote): string[] => [
  `## ${title}`,
  '',
  `Source: ${source}.`,
  '',
  ...(parsers.length > 0 ? [...parsers.map(parserLine), ''] : []),
  `Not decoded: ${notDecoded}`,
  '',
  ...tables.flatMap((name) => tableSection(known(name))),
];

/** Applications that are named and not read. */
const recognised = (): string[] =>
  [
    ...new Set(
      [...TCP_PATTERNS, ...TCP_APPLICATIONS, ...UDP_PATTERNS, ...UDP_APPLICATIONS].map(({ app }) => app),
    ),
  ].sort((a, b) => a.localeCompare(b, 'en'));

export const protocolsDocument = (): string =>
  [
    '# Protocols',
    '',
    'Made by `node scripts/protocols.mjs` from the registry and the tables; a test holds the file to them. Names are those of Zeek’s logs, dots',
    'flattened to underscores. A protocol is told by its content; ports are hints.',
    '',
    '## Fields of every record',
    '',
    ...columnsTable([...connectionColumns, ...frameColumns]),
    '',
    'Types: `time` and `span` are nanoseconds in the tables, seconds in what `read` prints; `addr` is two halves of 64 bits, shown as text (RFC 5952).',
    '',
    ...PROTOCOL_NOTES.flatMap(section),
    '## Tables that many protocols fill',
    '',
    ...SHARED_TABLES.flatMap((name) => tableSection(known(name))),
    '## Recognised, not read',
    '',
    'Named in `conn.app` by patterns of their first bytes (`ingest/protocol/recognition/`):',
    '',
    `${recognised().join(', ')}.`,
    '',
  ].join('\n');
