import type { PacketDetail } from '../../model/api/packets.ts';

export type Field = PacketDetail['fields'][number];

export function fromBase64(text: string): Uint8Array {
  const binary = atob(text);
  const out = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) out[i] = binary.charCodeAt(i);
  return out;
}

export const hexByte = (byte: number): string => byte.toString(16).padStart(2, '0');
export const printable = (byte: number): string =>
  byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.';
export const hexOffset = (offset: number): string => offset.toString(16).padStart(4, '0');

/** A hex dump as text, sixteen bytes a line, for the clipboard. */
export function hexDump(bytes: Uint8Array): string {
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; at += 16) {
    const row = [...bytes.subarray(at, at + 16)];
    lines.push(`${hexOffset(at)}  ${row.map(hexByte).join(' ').padEnd(47)}  ${row.map(printable).join('')}`);
  }
  return lines.join('\n');
}

/** A field in the tree: its place is its path of indexes, "0.2.1". */
export interface FlatField {
  readonly path: string;
  readonly depth: number;
  readonly field: Field;
  readonly parent: string | null;
}

/** The tree as a list, parents before children; without what lies under a closed field. */
export function flatten(fields: readonly Field[], closed: ReadonlySet<string> = new Set()): FlatField[] {
  const out: FlatField[] = [];
  const walk = (list: readonly Field[], depth: number, parent: string | null): void => {
    list.forEach((field, i) => {
      const path = parent === null ? String(i) : `${parent}.${i}`;
      out.push({ path, depth, field, parent });
      if (field.fields && !closed.has(path)) walk(field.fields, depth + 1, path);
    });
  };
  walk(fields, 0, null);
  return out;
}

/** The deepest field that holds a byte; among equals the shorter. */
export function fieldAt(fields: readonly Field[], offset: number): FlatField | undefined {
  let best: FlatField | undefined;
  for (const flat of flatten(fields)) {
    const { off, len } = flat.field;
    if (len === 0 || offset < off || offset >= off + len) continue;
    if (!best || flat.depth > best.depth || (flat.depth === best.depth && len < best.field.len)) best = flat;
  }
  return best;
}

/** Paths of everything above a field. */
export function ancestors(path: string): string[] {
  const parts = path.split('.');
  return parts.slice(0, -1).map((_, i) => parts.slice(0, i + 1).join('.'));
}
