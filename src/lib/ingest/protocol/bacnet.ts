/** BACnet/IP (ANSI/ASHRAE 135, annex J; clauses 6 and 20): functions of the virtual link, and the application message inside. */

import { BACNET } from '../../model/tables/bacnet.ts';
import type { Conn, ParserSession, ProtocolParser, Span, Verdict } from './contract.ts';
import { u16be } from './wire/bytes.ts';
import { byteClass } from './wire/byte-class.ts';

const FUNCTIONS: Readonly<Record<number, string>> = {
  0x00: 'bvlc-result',
  0x01: 'write-broadcast-distribution-table',
  0x02: 'read-broadcast-distribution-table',
  0x03: 'read-broadcast-distribution-table-ack',
  0x04: 'forwarded-npdu',
  0x05: 'register-foreign-device',
  0x06: 'read-foreign-device-table',
  0x07: 'read-foreign-device-table-ack',
  0x08: 'delete-foreign-device-table-entry',
  0x09: 'distribute-broadcast-to-network',
  0x0a: 'original-unicast-npdu',
  0x0b: 'original-broadcast-npdu',
  0x0c: 'secure-bvll',
};
/** Where the network message begins, in functions that carry one. */
const NPDU_AT: Readonly<Record<number, number>> = { 0x04: 10, 0x09: 4, 0x0a: 4, 0x0b: 4 };

const PDU_TYPES: readonly string[] = [
  'confirmed-request',
  'unconfirmed-request',
  'simple-ack',
  'complex-ack',
  'segment-ack',
  'error',
  'reject',
  'abort',
];
const CONFIRMED: readonly string[] = [
  'acknowledge-alarm',
  'confirmed-cov-notification',
  'confirmed-event-notification',
  'get-alarm-summary',
  'get-enrollment-summary',
  'subscribe-cov',
  'atomic-read-file',
  'atomic-write-file',
  'add-list-element',
  'remove-list-element',
  'create-object',
  'delete-object',
  'read-property',
  'read-property-conditional',
  'read-property-multiple',
  'write-property',
  'write-property-multiple',
  'device-communication-control',
  'confirmed-private-transfer',
  'confirmed-text-message',
  'reinitialize-device',
  'vt-open',
  'vt-close',
  'vt-data',
  'authenticate',
  'request-key',
  'read-range',
  'life-safety-operation',
  'subscribe-cov-property',
  'get-event-information',
];
const UNCONFIRMED: readonly string[] = [
  'i-am',
  'i-have',
  'unconfirmed-cov-notification',
  'unconfirmed-event-notification',
  'unconfirmed-private-transfer',
  'unconfirmed-text-message',
  'time-synchronization',
  'who-has',
  'who-is',
  'utc-time-synchronization',
  'write-group',
];

interface Application {
  pdu_type?: string;
  service?: string;
  invoke_id?: number;
}

/** The application message after the network header, which may name networks and hops. */
function application(b: Uint8Array, npdu: number): Application {
  if (b[npdu] !== 1 || npdu + 2 > b.length) return {};
  const control = b[npdu + 1];
  if (control & 0x80) return {};
  let at = npdu + 2;
  if (control & 0x20) at += 3 + (b[at + 2] ?? 0);
  if (control & 0x08) at += 3 + (b[at + 2] ?? 0);
  if (control & 0x20) at += 1;
  if (at >= b.length) return {};
  const type = b[at] >> 4;
  const pdu_type = PDU_TYPES[type] ?? `unknown-${type}`;
  const segmented = (b[at] & 8) !== 0;
  const confirmed = (service: number | undefined): string | undefined =>
    service === undefined ? undefined : (CONFIRMED[service] ?? `unknown-${service}`);
  const named = (name: string | undefined, invoke: number | undefined): Application => ({
    pdu_type,
    ...(name === undefined ? {} : { service: name }),
    ...(invoke === undefined ? {} : { invoke_id: invoke }),
  });
  if (type === 0) return named(confirmed(b[at + (segmented ? 5 : 3)]), b[at + 2]);
  if (type === 1) {
    const service = b[at + 1];
    return named(
      service === undefined ? undefined : (UNCONFIRMED[service] ?? `unknown-${service}`),
      undefined,
    );
  }
  if (type === 2 || type === 5) return named(confirmed(b[at + 2]), b[at + 1]);
  if (type === 3) return named(confirmed(b[at + (segmented ? 4 : 2)]), b[at + 1]);
  return named(undefined, b[at + 1]);
}

class BacnetSession implements ParserSession {
  readonly #conn: Conn;

  constructor(conn: Conn) {
    this.#conn = conn;
  }

  parse(data: Span): number {
    const { bytes } = data;
    if (probe(bytes) !== 'yes') return -1;
    this.#conn.confirm();
    const code = bytes[1];
    const npdu = NPDU_AT[code];
    this.#conn.row(
      BACNET,
      { bvlc_function: FUNCTIONS[code], ...(npdu === undefined ? {} : application(bytes, npdu)) },
      data.at(0),
    );
    return bytes.length;
  }

  gap(): boolean {
    return true;
  }

  close(): void {
    // Every row was written with its datagram.
  }
}

/** The length field counts the whole datagram, and the network message inside is of version 1. */
function probe(b: Uint8Array): Verdict {
  if (b.length < 4 || b[0] !== 0x81 || FUNCTIONS[b[1]] === undefined || u16be(b, 2) !== b.length) return 'no';
  const npdu = NPDU_AT[b[1]];
  return npdu === undefined ? (b.length <= 512 ? 'yes' : 'no') : b[npdu] === 1 ? 'yes' : 'no';
}

export const bacnet: ProtocolParser = {
  name: 'bacnet',
  transport: 'udp',
  ports: [47808],
  firstBytes: byteClass('\\x81'),
  probe,
  open: (conn) => new BacnetSession(conn),
};
