/** One packet, taken apart into the fields of its headers. */

import type { DissectField } from '../../model/api/packets.ts';
import { DECODE_LIMITS } from '../../model/limits.ts';
import { applicationOf } from './application/registry.ts';
import {
  CutShort,
  Packet,
  type Dissector,
  type Following,
  type NextLayer,
  type Payload,
} from './contract.ts';
import { dissectorOf } from './registry.ts';

export interface DissectTree {
  /** One a layer, outermost first, then the payload; offsets are from the packet's first byte. */
  readonly fields: DissectField[];
  /** Names of the layers, outermost first, such as eth, ip, tcp. */
  readonly protocols: string[];
  /** One line on the innermost layer. */
  readonly info: string;
  /** Bytes behind the last header below the application's, what is known of that included; of length 0 where there are none. */
  readonly payload: { readonly off: number; readonly len: number };
}

/** Several headers may belong to one IP layer. */
const MAX_LAYERS = DECODE_LIMITS.maxEncapsulation * 4;

/**
 * @param bytes those captured of one packet
 * @param linkType LINKTYPE_ number
 * @param wireLen length on the wire: tells a packet that the capture cut from one that is malformed
 */
export function dissect(bytes: Uint8Array, linkType: number, wireLen: number): DissectTree {
  const packet = new Packet(bytes);
  let following: Following = { by: 'link', key: linkType, at: 0, end: bytes.length };
  let payload = { off: bytes.length, len: 0 };
  let rest = payload;
  for (let count = 0; following; count++) {
    const dissector: Dissector | undefined =
      following.by === 'payload' || count >= MAX_LAYERS ? undefined : dissectorOf(following);
    const at = Math.min(following.at, bytes.length);
    const end = Math.max(at, Math.min(following.end, bytes.length));
    if (dissector === undefined) {
      payload = { off: at, len: end - at };
      rest = application(packet, following, at, end) ?? payload;
      break;
    }
    packet.at = at;
    packet.end = end;
    try {
      following = dissector(packet);
    } catch (error) {
      if (!(error instanceof CutShort)) throw error;
      packet.fields.push(incomplete(at, end, bytes.length < wireLen));
      break;
    }
  }
  if (rest.len > 0)
    packet.fields.push({ name: 'data', label: 'Payload', value: `${rest.len} bytes`, ...rest });
  return { fields: packet.fields, protocols: packet.protocols, info: packet.info, payload };
}

/** Explains a message that begins at `at`; answers what is left behind it, undefined where none is known to begin there. */
function application(
  packet: Packet,
  following: NextLayer | Payload,
  at: number,
  end: number,
): { off: number; len: number } | undefined {
  if ((following.by !== 'tcp' && following.by !== 'udp') || typeof following.key !== 'object')
    return undefined;
  const [destination = 0, source = 0] = following.key;
  const found = applicationOf(following.by, { source, destination }, packet.bytes.subarray(at, end));
  if (!found) return undefined;
  packet.at = at;
  packet.end = end;
  const layers = packet.fields.length;
  try {
    const { dissector, fromServer, port } = found;
    const after = dissector.dissect(packet, { fromServer, port, onTcp: following.by === 'tcp' });
    const from = Math.max(at, Math.min(end, after?.at ?? end));
    return { off: from, len: end - from };
  } catch (error) {
    if (!(error instanceof CutShort)) throw error;
    // The message goes on in another packet: what was said of it so far stands.
    const layer = packet.fields.length > layers ? packet.fields.at(-1) : undefined;
    return layer ? { off: layer.off + layer.len, len: end - layer.off - layer.len } : undefined;
  }
}

function incomplete(off: number, end: number, cut: boolean): DissectField {
  return {
    name: cut ? '_ws.short' : '_ws.malformed',
    label: cut ? 'The capture holds only the beginning of this header' : 'The packet ends inside this header',
    off,
    len: end - off,
  };
}

const SNIPPET_BYTES = 64;

/** The first bytes of the payload as text; what is not printable ASCII is a dot. Empty where there is no payload. */
export function snippet(bytes: Uint8Array, { payload }: Pick<DissectTree, 'payload'>): string {
  const shown = bytes.subarray(payload.off, payload.off + Math.min(payload.len, SNIPPET_BYTES));
  return [...shown].map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.')).join('');
}
