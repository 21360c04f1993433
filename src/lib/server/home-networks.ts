/** Networks that count as inside: inferred when an input is sealed, or what the analyst said instead. */

import type { HomeNetworks } from '../model/api/overview.ts';
import { type AddressRange, parseAddress, parseCidr } from '../model/address.ts';
import type { CaseRegistry } from './case-registry.ts';
import { Refusal } from './refusal.ts';

const KEY = 'home_networks';

/** Whether an address (text) is inside. */
export type IsHome = (address: string) => boolean;

const inside = (address: bigint, { first, last }: AddressRange): boolean =>
  address >= ((first.hi << 64n) | first.lo) && address <= ((last.hi << 64n) | last.lo);

export function homeTest(networks: readonly string[]): IsHome {
  const ranges = networks.map(parseCidr).filter((range) => range !== undefined);
  return (address) => {
    const halves = parseAddress(address);
    return halves !== undefined && ranges.some((range) => inside((halves.hi << 64n) | halves.lo, range));
  };
}

export class HomeNetworkChoice {
  readonly #registry: CaseRegistry;

  constructor(registry: CaseRegistry) {
    this.#registry = registry;
  }

  async get(caseId: string): Promise<HomeNetworks> {
    const inferred = [
      ...new Set(this.#registry.manifest(caseId).inputs.flatMap(({ counts }) => counts?.home_networks ?? [])),
    ].sort();
    const override = await this.#override(caseId);
    if (override)
      return { networks: override, source: 'override', inferred, why: 'Set by hand for this case.' };
    const why =
      inferred.length === 0
        ? 'No private network occurs in the captures, and no host answered ARP.'
        : 'Private networks (RFC 1918, RFC 4193, RFC 6598) that occur in the captures, and networks whose hosts speak ARP there.';
    return { networks: inferred, source: 'inferred', inferred, why };
  }

  /** null goes back to what was inferred. */
  async put(caseId: string, networks: readonly string[] | null): Promise<HomeNetworks> {
    for (const network of networks ?? []) {
      if (!parseCidr(network))
        throw new Refusal(
          'bad_request',
          `"${network}" is not a network: write it as 192.168.0.0/16 or fd00::/8.`,
        );
    }
    const state = await this.#registry.state(caseId);
    await state.transaction(async (tx) => {
      await tx.remove('settings', { key: KEY });
      if (networks) await tx.insert('settings', { key: KEY, doc: [...new Set(networks)] });
    });
    return this.get(caseId);
  }

  async #override(caseId: string): Promise<string[] | undefined> {
    const state = await this.#registry.state(caseId);
    const row = await state.one('settings', { key: KEY });
    return Array.isArray(row?.doc) ? row.doc.map(String) : undefined;
  }
}
