import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PROTOCOLS } from '../../src/lib/ingest/protocol/registry.ts';
import { PROTOCOL_TABLES } from '../../src/lib/model/tables/protocols.ts';
import { PACKET_TABLES, PROTOCOL_NOTES, SHARED_TABLES } from './protocol-notes.ts';
import { protocolsDocument } from './protocols-document.ts';

describe('docs/PROTOCOLS.md', () => {
  it('has every parser of the registry and every table of a protocol, once', () => {
    const parsers = PROTOCOL_NOTES.flatMap((note) => note.parsers);
    // Recognition has a section of its own.
    expect([...parsers, 'recognition'].sort()).toEqual(PROTOCOLS.map(({ name }) => name).sort());
    const tables = [...PROTOCOL_NOTES.flatMap((note) => note.tables), ...SHARED_TABLES];
    expect(tables.sort()).toEqual([...PROTOCOL_TABLES.map(({ name }) => name), ...PACKET_TABLES].sort());
  });

  it('is what `node scripts/protocols.mjs` writes', () => {
    const committed = readFileSync(join(import.meta.dirname, '../../docs/PROTOCOLS.md'), 'utf8');
    expect(committed).toBe(protocolsDocument());
  });
});
