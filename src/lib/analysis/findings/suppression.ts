/** Whether something that is known and wanted covers a finding. */

import { type AddressRange, parseAddress, parseCidr } from '../../model/address.ts';
import type { Finding, Suppression } from '../../model/api/findings.ts';

interface Compiled {
  readonly rule: string | undefined;
  readonly src: AddressRange | undefined;
  readonly dst: AddressRange | undefined;
  readonly reason: string;
}

/** An address or a network; undefined where the text is neither. */
export function rangeOf(text: string): AddressRange | undefined {
  const cidr = parseCidr(text);
  if (cidr) return cidr;
  const one = parseAddress(text);
  return one && { first: one, last: one };
}

const wide = ({ hi, lo }: AddressRange['first']): bigint => (hi << 64n) | lo;

function inside(addresses: readonly string[], range: AddressRange): boolean {
  return (
    addresses.length > 0 &&
    addresses.every((text) => {
      const halves = parseAddress(text);
      return halves !== undefined && wide(halves) >= wide(range.first) && wide(halves) <= wide(range.last);
    })
  );
}

/** Answers the reason of the first suppression that covers a finding: all of its addresses have to lie in the range. */
export function suppressor(
  list: readonly Suppression[],
): (finding: Pick<Finding, 'rule' | 'src' | 'dst'>) => string | null {
  const compiled = list.map(({ rule, src, dst, reason }): Compiled => ({
    rule,
    src: src === undefined ? undefined : rangeOf(src),
    dst: dst === undefined ? undefined : rangeOf(dst),
    reason,
  }));
  return (finding) =>
    compiled.find(
      ({ rule, src, dst }) =>
        (rule === undefined || rule === finding.rule.id) &&
        (src === undefined || inside(finding.src, src)) &&
        (dst === undefined || inside(finding.dst, dst)),
    )?.reason ?? null;
}
