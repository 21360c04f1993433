/** Fields of a transaction that are no bytes to search in: numbers, words, flags, events. */

import type { Dir } from '../../../../model/content.ts';
import type { AppField } from '../language/app-field.ts';
import { holds, type IntegerTest, type ValueChoice } from '../language/integer-test.ts';
import { speaks, speaksExactly } from './app-protocols.ts';
import { structureHolds } from './structure-match.ts';
import type { BufferInstance, Transaction } from './transaction.ts';

const textOf = ({ bytes }: BufferInstance): string => Buffer.from(bytes).toString('latin1');

/** Instances of one side, or of both where `dir` is undefined. */
export function instancesOf(tx: Transaction, name: string, dir: Dir | undefined): readonly BufferInstance[] {
  const all = tx.buffers.get(name);
  if (!all) return [];
  return dir === undefined ? all : all.filter((one) => one.dir === dir);
}

function integersHold(values: readonly number[], test: IntegerTest, choice: ValueChoice, isWhole: boolean): boolean {
  if (choice === 'any') return values.some((value) => holds(test, value));
  if (choice === 'absent') return isWhole && values.length === 0;
  if (choice === 'all') return isWhole && values.length > 0 && values.every((value) => holds(test, value));
  if (choice === 'or_absent') return values.some((value) => holds(test, value)) || (isWhole && values.length === 0);
  if (choice === 'all_or_absent') return isWhole && values.every((value) => holds(test, value));
  if ('index' in choice) {
    const value = values.at(choice.index);
    return value === undefined ? choice.orOutOfBounds && isWhole : holds(test, value);
  }
  if ('count' in choice) return isWhole && holds(choice.count, values.length);
  return isWhole && holds(choice.nb, values.filter((value) => holds(test, value)).length);
}

/** Versions in order of age, where a rule compares them. */
const VERSIONS = ['sslv2', 'sslv3', 'tls1.0', '1.0', 'tls1.1', '1.1', 'tls1.2', '1.2', 'tls1.3', '1.3'];
const ageOf = (version: string): number => VERSIONS.indexOf(version) >> 1;

function wordHolds(
  { words, negated, op }: Extract<AppField, { kind: 'word' }>,
  instances: readonly BufferInstance[],
): boolean {
  if (instances.length === 0) return false;
  const found = instances.some((one) => {
    const text = textOf(one).toLowerCase();
    if (op) return words.some((word) => (op === '<' ? ageOf(text) < ageOf(word) : ageOf(text) > ageOf(word)));
    return words.some((word) => word.toLowerCase() === text);
  });
  return found !== negated;
}

export function appFieldHolds(
  field: AppField,
  tx: Transaction,
  dir: Dir | undefined,
): boolean {
  switch (field.kind) {
    case 'integer': {
      const of: Dir | undefined = field.side === undefined ? dir : field.side === 'to_server' ? 0 : 1;
      const values = instancesOf(tx, field.field, of).map((one) => Number(textOf(one)));
      const isWhole = of === undefined ? tx.isWhole[0] && tx.isWhole[1] : tx.isWhole[of];
      return integersHold(values, field.test, field.choice, isWhole);
    }
    case 'word':
      return wordHolds(field, instancesOf(tx, field.field, dir));
    case 'event':
      return instancesOf(tx, 'app-layer-event', dir).some((one) => {
        const said = textOf(one);
        return said === field.event || said === `${field.proto}.${field.event}`;
      });
    case 'protocol':
      return true;
    case 'hashes':
      return instancesOf(tx, field.field, dir).some((one) => field.hashes?.has(textOf(one).toLowerCase()) === !field.negated);
    case 'structure':
      return structureHolds(field, tx, dir);
  }
}

/** What a flow speaks: its services, and whether somebody may still find out. */
export interface Spoken {
  readonly services: readonly string[];
  /** Bytes came, and nobody knows them. */
  readonly failed: boolean;
}

export function protocolHolds(
  { proto, negated, mode }: Extract<AppField, { kind: 'protocol' }>,
  { services, failed }: Spoken,
): boolean {
  if (proto === 'failed') return (services.length === 0 && failed) !== negated;
  if (proto === 'unknown') return (services.length === 0 && !failed) !== negated;
  // Of a flow that nothing is known of, "not that protocol" says nothing yet.
  if (negated && services.length === 0 && !failed) return false;
  const is = mode === 'exact' ? speaksExactly(services, proto) : speaks(services, [proto]);
  return is !== negated;
}
