/** Findings of two sides: the same rule about the same actors is the same finding, whenever it was. */

import { parseAddress, parseCidr } from '../../model/address.ts';
import type { Difference, DifferenceRow } from '../../model/api/compare.ts';
import type { Finding } from '../../model/api/findings.ts';
import { num, type Query, text } from '../query.ts';
import type { Page } from './difference-sql.ts';
import type { Ignore } from './ignore.ts';
import type { RecordsSide } from './side.ts';
import { matchesWildcard } from '../wildcard.ts';

/** Bytes that the connections of a finding carried; undefined where not all of them are known. */
export type BytesOf = (finding: Finding) => number | undefined;

interface Group {
  readonly key: readonly string[];
  /** What the connections carried, each counted once a finding; null where not all are known. */
  readonly bytes: number | null;
  readonly title: string;
  readonly severity: number;
  readonly targets: string;
  readonly n: number;
  readonly first: number;
  readonly last: number;
}

/** Addresses acted upon that are named. */
const NAMED = 16;

const targetsOf = ({ dst, of_dst, ports, of_ports }: Finding): string => {
  const hosts = of_dst > NAMED ? `${of_dst} addresses` : [...dst].sort().join(' ');
  const at = of_ports > NAMED ? `${of_ports} ports` : [...ports].sort((a, b) => a - b).join(' ');
  return at === '' ? hosts : `${hosts}: ${at}`;
};

const groupsOf = (findings: readonly Finding[], bytesOf: BytesOf): Map<string, Group> => {
  const groups = new Map<string, Group>();
  for (const finding of findings) {
    const { rule, sub, src, title, severity, first, last } = finding;
    const key = [rule.id, sub ?? '', [...src].sort().join(' ')];
    const id = JSON.stringify(key);
    const had = groups.get(id);
    const targets = targetsOf(finding);
    const bytes = bytesOf(finding);
    const before = had ? had.bytes : 0;
    groups.set(id, {
      key,
      bytes: before === null || bytes === undefined ? null : before + bytes,
      title: had?.title ?? title,
      severity: Math.max(severity, had?.severity ?? 0),
      targets: had ? [...new Set([...had.targets.split(' | '), targets])].sort().join(' | ') : targets,
      n: (had?.n ?? 0) + 1,
      first: Math.min(first, had?.first ?? first),
      last: Math.max(last, had?.last ?? last),
    });
  }
  return groups;
};

/** Whether it was there in the side's window; the side's inputs are the caller's matter. */
export const inWindow = (
  { first, last }: Pick<Finding, 'first' | 'last'>,
  { from, to }: Pick<RecordsSide, 'from' | 'to'>,
): boolean =>
  (from === undefined || last >= Number(from) / 1e9) && (to === undefined || first < Number(to) / 1e9);

/** Why a snapshot has no such level. */
export const NO_FINDINGS = 'A snapshot of sockets does not hold findings.';

const inside = (address: string, block: string): boolean => {
  const [range, at] = [parseCidr(block), parseAddress(address)];
  if (!range || !at) return false;
  const number = ({ hi, lo }: { hi: bigint; lo: bigint }): bigint => (hi << 64n) | lo;
  return number(at) >= number(range.first) && number(at) <= number(range.last);
};

const matches = (text: string, name: string): boolean =>
  matchesWildcard(text.toLowerCase(), name.toLowerCase());

/** Whether all of a list is there and ignored: what was done to others, too, is worth telling. */
const allOf = <T>(list: readonly T[], of: number, isOne: (one: T) => boolean): boolean =>
  list.length > 0 && list.length === of && list.every(isOne);

/** One who acted, everybody acted upon, every port, or the rule's name. */
const isIgnored = (
  { rule, title, src, dst, of_dst, ports, of_ports }: Finding,
  { networks, names, ports: ranges }: Ignore,
): boolean => {
  const isInside = (address: string): boolean => networks.some((block) => inside(address, block));
  return (
    src.some(isInside) ||
    allOf(dst, of_dst, isInside) ||
    allOf(ports, of_ports, (port) => ranges.some(({ from, to }) => port >= from && port <= to)) ||
    names.some((name) => matches(title, name) || matches(rule.id, name))
  );
};

const factsOf = (group: Group | undefined): DifferenceRow['a'] =>
  group ? { n: group.n, bytes: group.bytes, first: group.first, last: group.last } : null;

const ORDER = { added: 0, removed: 1, changed: 2 } as const;

export const FINDINGS_HEAD = {
  level: 'findings',
  title: 'Findings',
  doc: 'What rules and detectors found, by rule and by the addresses that acted.',
  counted: 'findings',
  keys: [
    { name: 'rule', title: 'Rule', kind: 'text' },
    { name: 'sub', title: 'Kind', kind: 'text' },
    { name: 'src', title: 'Who acted', kind: 'text' },
  ],
  shown: [
    { name: 'title', title: 'Finding' },
    { name: 'targets', title: 'Upon' },
  ],
  bytes: true,
} as const;

/**
 * The bytes of each finding's connections, of the records that `query` reads: a finding keeps its first connections, and where it had
 * more, nobody can say what all of them carried.
 */
export async function bytesOfFindings(query: Query, findings: readonly Finding[]): Promise<BytesOf> {
  const whole = findings.filter(({ uids, of_uids }) => uids.length === of_uids);
  const inputs = [...new Set(whole.map(({ input }) => input))];
  const wanted = [...new Set(whole.flatMap(({ uids }) => uids))];
  const rows = await query(
    `SELECT input, uid, (orig_ip_bytes + resp_ip_bytes)::BIGINT AS bytes FROM r.conn
     WHERE input IN (SELECT unnest(from_json(?, '["VARCHAR"]'))) AND uid IN (SELECT unnest(from_json(?, '["VARCHAR"]')))`,
    [JSON.stringify(inputs), JSON.stringify(wanted)],
  );
  const carried = new Map(rows.map(({ input, uid, bytes }) => [`${text(input)} ${text(uid)}`, num(bytes)]));
  return ({ input, uids, of_uids }) => {
    if (uids.length !== of_uids) return undefined;
    let sum = 0;
    for (const uid of new Set(uids)) {
      const bytes = carried.get(`${input} ${uid}`);
      if (bytes === undefined) return undefined;
      sum += bytes;
    }
    return sum;
  };
}

/** Findings of both sides as a level like the others. */
export function findingsDifference(
  before: readonly Finding[],
  after: readonly Finding[],
  ignore: Ignore,
  { show, offset, limit }: Page,
  bytesOf: BytesOf,
): Difference {
  const [a, b] = [before, after].map((list) =>
    groupsOf(
      list.filter((finding) => !isIgnored(finding, ignore)),
      bytesOf,
    ),
  ) as [Map<string, Group>, Map<string, Group>];
  const counts = { added: 0, removed: 0, changed: 0, same: 0 };
  const rows: DifferenceRow[] = [];
  for (const id of new Set([...a.keys(), ...b.keys()])) {
    const [was, is] = [a.get(id), b.get(id)];
    const group = is ?? was;
    if (!group) continue;
    const changes = was && is ? changesOf(was, is) : [];
    const change = !was ? 'added' : !is ? 'removed' : changes.length > 0 ? 'changed' : 'same';
    counts[change]++;
    if (change === 'same' || (show !== undefined && show !== change)) continue;
    rows.push({
      change,
      key: [...group.key],
      shown: [group.title, group.targets],
      changes,
      a: factsOf(was),
      b: factsOf(is),
    });
  }
  rows.sort(
    (x, y) => ORDER[x.change] - ORDER[y.change] || (JSON.stringify(x.key) < JSON.stringify(y.key) ? -1 : 1),
  );
  const { keys, shown, ...head } = FINDINGS_HEAD;
  return {
    ...head,
    keys: [...keys],
    shown: [...shown],
    unknown: null,
    counts,
    rows: rows.slice(offset, offset + limit),
  };
}

const changesOf = (was: Group, is: Group): DifferenceRow['changes'] => [
  ...(was.severity === is.severity ? [] : [{ field: 'severity', before: was.severity, after: is.severity }]),
  ...(was.targets === is.targets ? [] : [{ field: 'upon', before: was.targets, after: is.targets }]),
];
