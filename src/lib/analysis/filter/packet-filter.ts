/**
 * A filter over connections, said again for packets: as a capture filter (tcpdump) or a display filter (Wireshark).
 *
 * One packet does not tell who began its connection. Where a filter asks for the originator or the responder, the answer
 * therefore takes both directions, and says so in `note`.
 */

import type { Column, Table } from '../../model/tables.ts';
import { bindFilter, kindOf, type Bound, type Order, type Test } from './bind.ts';
import { attempt } from './compile.ts';
import { FilterError, type FilterFault } from './fault.ts';
import type { Field, Guard } from './fields.ts';
import { parseFilter } from './parse.ts';
import type { Value } from './values.ts';

export type PacketFilter =
  | { readonly ok: true; readonly text: string; readonly note?: string }
  | ({ readonly ok: false } & FilterFault);

export type End = 'src' | 'dst' | 'either';

/** A comparison of one property of a packet with one value or one closed range. */
export interface Atom {
  readonly end: End;
  readonly op: Order | 'range' | 'bits';
  readonly value: Value;
  /** Upper end of a range. */
  readonly to?: Value;
}

/** What one language can say. `undefined` means that it has no words for it. */
export interface PacketLanguage {
  readonly name: string;
  readonly and: string;
  readonly or: string;
  readonly not: string;
  guard(guard: Guard): string | undefined;
  word(word: string): string | undefined;
  address(atom: Atom): string | undefined;
  port(transports: readonly string[], atom: Atom): string | undefined;
  mac(atom: Atom): string | undefined;
  proto(atom: Atom): string | undefined;
  service(atom: Atom): string | undefined;
  /** Any other field that has a name there. */
  other(field: Field, atom: Atom | undefined): string | undefined;
  /** Last word on the whole, for what depends on its place. */
  whole?(parts: readonly string[]): string;
  /** What a reader should know of the text. */
  remark?(text: string): string | undefined;
}

const BOTH_DIRECTIONS =
  'One packet does not tell who began its connection: packets of both directions are taken, whichever end began.';

/** @throws nothing: what cannot be said is a fault that names the field */
export const toPacketFilter = (asked: string, table: Table, language: PacketLanguage): PacketFilter => {
  if (asked.trim() === '') return { ok: true, text: '' };
  return attempt(() => {
    const bound = bindFilter(parseFilter(asked), table);
    const perPacket = table.name === 'packets' || table.name === 'arp';
    const forward = new Translator(language, perPacket, false).top(bound);
    const reverse = new Translator(language, perPacket, true).top(bound);
    const text = forward === reverse ? forward : `(${forward}) ${language.or} (${reverse})`;
    const note = [forward === reverse ? undefined : BOTH_DIRECTIONS, language.remark?.(text)]
      .filter((one) => one !== undefined)
      .join(' ');
    return { ok: true, text, ...(note === '' ? {} : { note }) };
  });
};

const ORIGINATOR: ReadonlySet<string> = new Set(['id_orig_h', 'id_orig_p', 'orig_l2_addr']);
const RESPONDER: ReadonlySet<string> = new Set(['id_resp_h', 'id_resp_p', 'resp_l2_addr']);
const SENDER: ReadonlySet<string> = new Set(['src', 'src_p', 'sport', 'eth_src']);
const PORTS: ReadonlySet<string> = new Set(['id_orig_p', 'id_resp_p', 'src_p', 'dst_p', 'sport', 'dport']);
const ENDS: ReadonlySet<string> = new Set(['id_orig_h', 'id_resp_h', 'src', 'dst']);
const MACS: ReadonlySet<string> = new Set(['orig_l2_addr', 'resp_l2_addr', 'eth_src', 'eth_dst']);
/** Columns of a connection that are the same in every packet of it. */
const EVERY_PACKET: ReadonlySet<string> = new Set(['vlan', 'ip_proto']);

/** What must all hold, however it was put in parentheses. */
const conjuncts = (node: Bound): readonly Bound[] =>
  node.kind === 'and' ? node.nodes.flatMap(conjuncts) : [node];

class Translator {
  readonly #language: PacketLanguage;
  readonly #perPacket: boolean;
  readonly #reversed: boolean;

  constructor(language: PacketLanguage, perPacket: boolean, reversed: boolean) {
    this.#language = language;
    this.#perPacket = perPacket;
    this.#reversed = reversed;
  }

  top(node: Bound): string {
    const { whole } = this.#language;
    if (!whole) return this.node(node);
    return whole(conjuncts(node).map((n) => this.node(n)));
  }

  node(node: Bound): string {
    const { and, or, not } = this.#language;
    switch (node.kind) {
      case 'and':
      case 'or':
        return `(${node.nodes.map((n) => this.node(n)).join(node.kind === 'and' ? ` ${and} ` : ` ${or} `)})`;
      case 'xor':
        return node.nodes
          .map((n) => this.node(n))
          .reduce((a, b) => `((${a} ${and} ${not} ${b}) ${or} (${not} ${a} ${and} ${b}))`);
      case 'not':
        return `${not} (${this.node(node.node)})`;
      case 'constant':
        return this.#said(this.#language.word(node.word), node.word, undefined);
      case 'guards':
        return this.#all(
          node.guards.map((guard) => this.#said(this.#language.guard(guard), node.word, undefined)),
        );
      case 'test':
        return this.#test(node.field, node.test, node.place);
    }
  }

  #all(parts: readonly string[]): string {
    return parts.length === 1 ? parts[0] : `(${parts.join(` ${this.#language.and} `)})`;
  }

  #said(text: string | undefined, name: string, place: { at: number; length: number } | undefined): string {
    if (text !== undefined) return text;
    throw new FilterError(`${this.#language.name} cannot ask for ${name}.`, place ?? { at: 0, length: 0 });
  }

  #test(field: Field, test: Test, place: { at: number; length: number }): string {
    const ports = field.columns.every((column) => PORTS.has(column.name)) && !isIcmp(field);
    const guards = ports ? [] : field.guards;
    const atoms = this.#atoms(field, test, place);
    const body = atoms
      .map((atom) => this.#said(this.#atom(field, atom), field.name, place))
      .join(` ${this.#language.or} `);
    const any = atoms.length > 1 ? `(${body})` : body;
    const negative = test.kind === 'order' && test.op === '!=';
    const said = guards.map((guard) => this.#said(this.#language.guard(guard), field.name, place));
    if (!negative) return this.#all([...said, any]);
    const there = ports ? [this.#transports(field, place)] : said;
    return this.#all([...there, `${this.#language.not} (${any})`]);
  }

  #transports(field: Field, place: { at: number; length: number }): string {
    const words = transportsOf(field).map((value) =>
      this.#said(this.#language.guard({ kind: 'proto', values: [value] }), field.name, place),
    );
    return words.length === 1 ? words[0] : `(${words.join(` ${this.#language.or} `)})`;
  }

  #atoms(field: Field, test: Test, place: { at: number; length: number }): (Atom | undefined)[] {
    const end = this.#end(field);
    switch (test.kind) {
      case 'present':
        return [undefined];
      case 'order': {
        // "No value equals" is the negation of "one equals"; "every" and "some differs" have no words elsewhere.
        const plain = field.columns.length === 1 || test.all === (test.op === '!=');
        if (!plain) break;
        return [{ end, op: test.op === '!=' ? '==' : test.op, value: test.value }];
      }
      case 'range':
        return test.items.map(({ from, to }) =>
          to ? { end, op: 'range' as const, value: from, to } : { end, op: '==' as const, value: from },
        );
      case 'bits':
        return [{ end, op: 'bits', value: { kind: 'int', value: test.mask } }];
      case 'field':
      case 'contains':
      case 'matches':
        break;
    }
    const asked =
      test.kind === 'order'
        ? '“===” and “!==”'
        : test.kind === 'field'
          ? 'a comparison of two fields'
          : `“${test.kind}”`;
    throw new FilterError(`${this.#language.name} has no words for ${asked} of ${field.name}.`, place);
  }

  #end(field: Field): End {
    if (field.columns.length > 1) return 'either';
    const { name } = field.columns[0];
    if (ORIGINATOR.has(name)) return this.#reversed ? 'dst' : 'src';
    if (RESPONDER.has(name)) return this.#reversed ? 'src' : 'dst';
    return SENDER.has(name) ? 'src' : 'dst';
  }

  #atom(field: Field, atom: Atom | undefined): string | undefined {
    const column: Column = field.columns[0];
    const language = this.#language;
    if (isIcmp(field)) return undefined; // of the first packet alone
    if (atom) {
      if (ENDS.has(column.name)) return language.address(atom);
      if (PORTS.has(column.name)) return language.port(transportsOf(field), atom);
      if (MACS.has(column.name)) return language.mac(atom);
      if (column.name === 'proto' && kindOf(field) === 'enum') return language.proto(atom);
      if (field.list) return language.service(atom);
    }
    return this.#perPacket || EVERY_PACKET.has(column.name) ? language.other(field, atom) : undefined;
  }
}

const isIcmp = (field: Field): boolean => field.guards.some((guard) => guard.kind === 'ip_proto');

const transportsOf = (field: Field): readonly string[] => {
  const guard = field.guards.find((g) => g.kind === 'proto');
  return guard?.values ?? ['tcp', 'udp', 'sctp'];
};
