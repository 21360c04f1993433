/** The facts of a capture as tshark and as our records have them, and where the two differ. */

import { rowsIn } from './conversations.ts';
import { COMPARED, type FrameFields, type Row } from './protocol-fields.ts';
import { run } from './tools.ts';

/** Facts by the name of the field. */
export type Facts = ReadonlyMap<string, ReadonlySet<string>>;

const SEPARATOR = '\x1e';
const ASKED = [...new Set(COMPARED.flatMap(({ asks }) => asks))].sort();

/** What is not printable ASCII is spelled in three ways by the two programs; one sign stands for it here. */
const plain = (value: string): string =>
  value.replaceAll(/(?:\\x[0-9a-f]{2}|\\[0-7]{3}|\\[abfnrtv]|[^\x20-\x7e])+/g, '?').trim();

class Collected {
  readonly facts = new Map<string, Set<string>>();

  add(field: string, values: Iterable<string>): void {
    let known = this.facts.get(field);
    if (!known) this.facts.set(field, (known = new Set()));
    for (const value of values) known.add(plain(value));
  }
}

/** A packet that an ICMP error quotes is dissected too, and is no message of its protocol. */
const isQuoted = (protocols: readonly string[]): boolean => {
  const icmp = protocols.findIndex((one) => one === 'icmp' || one === 'icmpv6');
  return icmp >= 0 && protocols.slice(icmp).some((one) => one === 'ip' || one === 'ipv6');
};

/** Facts out of the lines that tshark prints: the frame's protocols, and the fields that were asked for. */
function factsOfTshark(lines: Iterable<string>, asked: readonly string[]): Facts {
  const collected = new Collected();
  for (const line of lines) {
    const [protocols = '', ...columns] = line.split('\t');
    const layers = protocols.split(':');
    if (isQuoted(layers)) continue;
    const values = new Map(
      columns.map((column, at) => [asked[at] ?? '', column === '' ? [] : column.split(SEPARATOR)]),
    );
    const frame: FrameFields = { protocols: layers, all: (field) => values.get(field) ?? [] };
    for (const field of COMPARED) collected.add(field.name, field.theirs(frame));
  }
  return collected.facts;
}

/** The facts of a capture as tshark reads it, as far as it does. */
export async function askFields(capture: string): Promise<Facts> {
  const { stdout } = await run('tshark', [
    '-n',
    '-r',
    capture,
    // Bodies are not waited for: a message whose end was not captured has a head all the same.
    ...['-o', 'tcp.reassemble_out_of_order:TRUE', '-o', 'http.desegment_body:FALSE'],
    ...['-T', 'fields', '-E', 'separator=/t', '-E', 'occurrence=a', '-E', `aggregator=${SEPARATOR}`],
    ...['frame.protocols', ...ASKED].flatMap((field) => ['-e', field]),
  ]);
  return factsOfTshark(stdout.split('\n'), ASKED);
}

/** Facts out of the tables in an output folder of `read`. */
export async function ourFacts(folder: string): Promise<Facts> {
  const collected = new Collected();
  for (const table of new Set(COMPARED.flatMap(({ tables }) => tables))) {
    const rows = await rowsIn<Row>(folder, table);
    for (const field of COMPARED.filter(({ tables }) => tables.includes(table)))
      for (const row of rows) collected.add(field.name, field.ours(row));
  }
  return collected.facts;
}

export interface FieldDifference {
  readonly field: string;
  /** Whose reading has the fact alone. */
  readonly side: 'tshark' | 'ours';
  readonly fact: string;
}

/** Facts that one side has alone, by the fields' order. */
export function differences(theirs: Facts, ours: Facts): FieldDifference[] {
  return COMPARED.flatMap(({ name, oursMayHaveMore }) => {
    const [a, b] = [theirs.get(name) ?? new Set<string>(), ours.get(name) ?? new Set<string>()];
    return [
      ...[...a]
        .filter((fact) => !b.has(fact))
        .map((fact) => ({ field: name, side: 'tshark' as const, fact })),
      ...(oursMayHaveMore ? [] : [...b])
        .filter((fact) => !a.has(fact))
        .map((fact) => ({ field: name, side: 'ours' as const, fact })),
    ];
  });
}
