/** Tests of parsed fields that are no text: integers, flags, versions, events. */

import type { IntegerTest, ValueChoice } from './integer-test.ts';

export type AppField =
  /** dns.opcode, mqtt.flags (as a mask), dns.rcode, dns.rrtype, http2.window, mqtt.type, snmp.version, krb5_msg_type, ike.exchtype, rfb.sectype, … Names that stand for a number are resolved. */
  | { readonly kind: 'integer'; readonly field: string; readonly test: IntegerTest; readonly choice: ValueChoice;
      /** Asked of what one side sent. */
      readonly side?: 'to_server' | 'to_client' | undefined;
    }
  /** One of several words or texts: tls.version, ssl_state, ftpdata_command, ssh.protoversion …; `op` where versions are ordered. */
  | { readonly kind: 'word'; readonly field: string; readonly words: readonly string[]; readonly negated: boolean; readonly op?: '<' | '>' | undefined }
  /** `app-layer-event:PROTO.EVENT`, without a protocol where the rule has it in its header. */
  | { readonly kind: 'event'; readonly field: 'app-layer-event'; readonly proto: string; readonly event: string }
  /** `app-layer-protocol:NAME[,MODE]`. */
  | {
      readonly kind: 'protocol';
      readonly field: 'app-layer-protocol';
      readonly proto: string;
      readonly negated: boolean;
      /** Which side's recognised protocol is asked: the flow's (`final`, `original`), either side's, one side's. */
      readonly mode: 'exact' | 'final' | 'either' | 'to_server' | 'to_client' | 'original' | undefined;
    }
  /** `filemd5:[!]LIST` and its kin: is the file's hash one of the list's? `hashes` once the list was read. */
  | {
      readonly kind: 'hashes';
      readonly field: 'filemd5' | 'filesha1' | 'filesha256';
      readonly path: string;
      readonly negated: boolean;
      readonly hashes: ReadonlySet<string> | undefined;
    }
  /** A structure of its own: modbus, cip_service, dce_iface, dce_opnum, dnp3_obj, rpc … The members are the keyword's. */
  | { readonly kind: 'structure'; readonly field: string; readonly value: Readonly<Record<string, StructureValue>> };

export type StructureValue = string | number | boolean | undefined | IntegerTest | readonly (readonly [number, number])[];
