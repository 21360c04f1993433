/**
 * A bound filter as SQL. Text of the user's never becomes SQL: names come from `tables.ts`, everything else is a parameter.
 * A test of something absent is false (as in Wireshark), also under `not`.
 */

import type { Column, ColumnKind, Table } from '../../model/tables.ts';
import { kindOf, type Bound, type Order, type Test } from './bind.ts';
import { familyColumn, type Field, type Guard } from './fields.ts';
import type { AddressRange, Value } from './values.ts';

export type SqlParam = string | number | bigint | boolean;

export interface Sql {
  /** A condition with a `?` for each parameter, in order. */
  readonly sql: string;
  readonly params: SqlParam[];
}

/** DuckDB's type by kind: parameters are cast to it, so that the column is compared as it lies. */
const TYPE: Readonly<Record<ColumnKind, string>> = {
  bool: 'BOOLEAN',
  u8: 'UTINYINT',
  u16: 'USMALLINT',
  u32: 'UINTEGER',
  u64: 'UBIGINT',
  f64: 'DOUBLE',
  time: 'BIGINT',
  span: 'BIGINT',
  addr: 'UBIGINT',
  mac: 'UBIGINT',
  enum: 'VARCHAR',
  text: 'VARCHAR',
  'u16[]': 'USMALLINT',
  'text[]': 'VARCHAR',
};

const OPERATOR: Readonly<Record<Order, string>> = {
  '==': '=',
  '!=': '<>',
  '>': '>',
  '>=': '>=',
  '<': '<',
  '<=': '<=',
};

/** @param alias name of the table in the query, where columns must be qualified */
export const toSql = (node: Bound, table: Table, alias?: string): Sql => {
  const writer = new Writer(table, alias);
  return { sql: writer.node(node), params: writer.params };
};

class Writer {
  readonly params: SqlParam[] = [];
  readonly #table: Table;
  readonly #prefix: string;

  constructor(table: Table, alias: string | undefined) {
    this.#table = table;
    this.#prefix = alias === undefined ? '' : `${identifier(alias)}.`;
  }

  node(node: Bound): string {
    switch (node.kind) {
      case 'and':
      case 'or':
        return `(${node.nodes.map((n) => this.node(n)).join(node.kind === 'and' ? ' AND ' : ' OR ')})`;
      case 'xor':
        return node.nodes
          .map((n) => `COALESCE(${this.node(n)}, FALSE)`)
          .reduce((left, right) => `(${left} <> ${right})`);
      case 'not':
        return `(NOT COALESCE(${this.node(node.node)}, FALSE))`;
      case 'constant':
        return node.value ? 'TRUE' : 'FALSE';
      case 'guards':
        return conjunction(node.guards.map((guard) => this.#guard(guard, undefined)));
      case 'test':
        return this.#test(node.field, node.test);
    }
  }

  #column(name: string): string {
    return `${this.#prefix}${identifier(name)}`;
  }

  #param(value: SqlParam, kind: ColumnKind): string {
    this.params.push(value);
    return `?::${TYPE[kind]}`;
  }

  #guard(guard: Guard, address: Column | undefined): string {
    switch (guard.kind) {
      case 'proto':
        return `${this.#column('proto')} IN (${guard.values.map((value) => this.#param(value, 'enum')).join(', ')})`;
      case 'ip_proto':
        return `${this.#column('ip_proto')} = ${this.#param(BigInt(guard.value), 'u8')}`;
      case 'family': {
        const column = address ?? familyColumn(this.#table);
        if (!column) throw new Error(`Table ${this.#table.name} has no address.`);
        const mapped = `(${this.#column(`${column.name}_hi`)} = 0 AND ${this.#column(`${column.name}_lo`)} BETWEEN 281470681743360 AND 281474976710655)`;
        return guard.version === 4 ? mapped : `(NOT ${mapped})`;
      }
    }
  }

  #test(field: Field, test: Test): string {
    const guards = field.guards.map((guard) =>
      this.#guard(guard, guard.kind === 'family' && kindOf(field) === 'addr' ? field.columns[0] : undefined),
    );
    const columns = field.columns.map((column) => this.#onColumn(field, column, test));
    // "All" asks the values that are there, and that there is one.
    const all = test.kind === 'order' && test.all;
    if (!all || columns.length === 1) return conjunction([...guards, disjunction(columns)]);
    const nullable = field.columns.filter((column) => column.nullable);
    if (nullable.length === 0) return conjunction([...guards, ...columns]);
    const there = disjunction(field.columns.map((column) => this.#present(column)));
    return conjunction([...guards, there, ...columns.map((sql) => `COALESCE(${sql}, TRUE)`)]);
  }

  #present(column: Column): string {
    if (!column.nullable) return 'TRUE';
    return `${this.#column(column.kind === 'addr' ? `${column.name}_lo` : column.name)} IS NOT NULL`;
  }

  #onColumn(field: Field, column: Column, test: Test): string {
    if (test.kind === 'present') return this.#present(column);
    const name = this.#column(column.name);
    const items = column.kind.endsWith('[]') ? name : field.list ? `string_split(${name}, ',')` : undefined;
    if (items === undefined) return this.#scalar(name, column, test);
    const all = test.kind === 'order' && test.all;
    if (test.kind === 'order' && test.op === '==' && !all) {
      return `list_contains(${items}, ${this.#scalarParam(test.value, column)})`;
    }
    const inner = this.#scalar('item', column, test);
    return all
      ? `(len(${items}) > 0 AND len(list_filter(${items}, lambda item: NOT (${inner}))) = 0)`
      : `len(list_filter(${items}, lambda item: ${inner})) > 0`;
  }

  #scalar(name: string, column: Column, test: Exclude<Test, { kind: 'present' }>): string {
    switch (test.kind) {
      case 'order':
        return this.#order(name, column, test.op, test.value);
      case 'field':
        return this.#pair(column, test.op, test.other.columns[0]);
      case 'range':
        return disjunction(
          test.items.map(({ from, to }) =>
            to
              ? conjunction([this.#order(name, column, '>=', from), this.#order(name, column, '<=', to)])
              : this.#order(name, column, '==', from),
          ),
        );
      case 'contains':
        return `contains(${name}::VARCHAR, ${this.#param(test.text, 'text')})`;
      case 'matches':
        return `regexp_matches(${name}::VARCHAR, ${this.#param(test.pattern, 'text')}, 'i')`;
      case 'bits':
        return `(${name} & ${this.#param(test.mask, column.kind)}) <> 0`;
    }
  }

  #scalarParam(value: Value, column: Column): string {
    if (value.kind === 'addr') throw new Error('An address is two columns.');
    return this.#param(value.value, column.kind);
  }

  #order(name: string, column: Column, op: Order, value: Value): string {
    if (value.kind === 'addr') return this.#address(column, op, value.range);
    return `${name} ${OPERATOR[op]} ${this.#scalarParam(value, column)}`;
  }

  #address(column: Column, op: Order, range: AddressRange): string {
    const hi = this.#column(`${column.name}_hi`);
    const lo = this.#column(`${column.name}_lo`);
    const low = split(range.from);
    const high = split(range.to);
    switch (op) {
      case '==':
        return this.#within(hi, lo, low, high);
      case '!=':
        return `(NOT ${this.#within(hi, lo, low, high)})`;
      case '>':
      case '>=':
        return this.#beyond(hi, lo, op, low);
      case '<':
      case '<=':
        return this.#beyond(hi, lo, op, high);
    }
  }

  #beyond(hi: string, lo: string, op: '>' | '>=' | '<' | '<=', [h, l]: readonly [bigint, bigint]): string {
    const strict = op.charAt(0);
    return `(${hi} ${strict} ${this.#param(h, 'addr')} OR (${hi} = ${this.#param(h, 'addr')} AND ${lo} ${op} ${this.#param(l, 'addr')}))`;
  }

  #within(
    hi: string,
    lo: string,
    [fromHi, fromLo]: readonly [bigint, bigint],
    [toHi, toLo]: readonly [bigint, bigint],
  ): string {
    const p = (value: bigint): string => this.#param(value, 'addr');
    // A prefix either fixes the high half or leaves the low one free.
    if (fromHi !== toHi) return `(${hi} BETWEEN ${p(fromHi)} AND ${p(toHi)})`;
    if (fromLo === toLo) return `(${lo} = ${p(fromLo)} AND ${hi} = ${p(fromHi)})`;
    return `(${hi} = ${p(fromHi)} AND ${lo} BETWEEN ${p(fromLo)} AND ${p(toLo)})`;
  }

  #pair(column: Column, op: Order, other: Column): string {
    if (column.kind !== 'addr') {
      const cast = column.kind === 'enum' || other.kind === 'enum' ? '::VARCHAR' : '';
      return `${this.#column(column.name)}${cast} ${OPERATOR[op]} ${this.#column(other.name)}${cast}`;
    }
    const [hi, lo] = [this.#column(`${column.name}_hi`), this.#column(`${column.name}_lo`)];
    const [otherHi, otherLo] = [this.#column(`${other.name}_hi`), this.#column(`${other.name}_lo`)];
    if (op === '==') return `(${hi} = ${otherHi} AND ${lo} = ${otherLo})`;
    if (op === '!=') return `(${hi} <> ${otherHi} OR ${lo} <> ${otherLo})`;
    return `(${hi} ${op.charAt(0)} ${otherHi} OR (${hi} = ${otherHi} AND ${lo} ${op} ${otherLo}))`;
  }
}

const split = (value: bigint): readonly [bigint, bigint] => [value >> 64n, value & 0xffff_ffff_ffff_ffffn];

const identifier = (name: string): string => `"${name.replaceAll('"', '""')}"`;

const conjunction = (parts: readonly string[]): string =>
  parts.length === 1 ? parts[0] : `(${parts.join(' AND ')})`;

const disjunction = (parts: readonly string[]): string =>
  parts.length === 1 ? parts[0] : `(${parts.join(' OR ')})`;
