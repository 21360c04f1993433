/** Every protocol: one line each. Order is the order in which they are asked where no port helps: strict ones first. */

import type { ProtocolParser } from './contract.ts';

export const PROTOCOLS: readonly ProtocolParser[] = [];

export const protocolNamed = (name: string): ProtocolParser | undefined =>
  PROTOCOLS.find((protocol) => protocol.name === name);
