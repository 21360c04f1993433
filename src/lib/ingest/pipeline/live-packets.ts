/** Packets of a capture under way as people watch them go by: a line each, DNS messages, the busiest connections, flag probes. */

import { addressText } from '../../model/address.ts';
import type { LiveConn, LivePacket, LiveQuestion } from '../../model/api/live-captures.ts';
import type { CaptureReader, PacketView } from '../../model/capture.ts';
import { Headers } from '../../model/headers.ts';
import { FAMILIES } from '../../model/ids.ts';
import { decodeLink } from '../decode/registry.ts';
import { messageOf } from '../protocol/dns/message.ts';
import { answerTexts } from '../protocol/dns/row.ts';
import { rcodeName, typeName } from '../protocol/dns/vocabulary.ts';
import { addressOf } from './flow-rows.ts';

/** Lines kept between two looks; more nobody could read. Those that are grave have room of their own. */
const LISTED = 100;
const GRAVE_LISTED = 200;
const QUESTIONS_LISTED = 100;
/** Connections followed, and told of. */
const CONNS_FOLLOWED = 10_000;
const CONNS_TOLD = 20;

const TCP = 6;
const UDP = 17;
const PROTOCOLS: Readonly<Record<number, string>> = {
  1: 'icmp',
  6: 'tcp',
  17: 'udp',
  58: 'icmp6',
  132: 'sctp',
};
const FLAG_LETTERS = 'FSRPAU';

/** Flags with which no TCP connection begins or goes on (nmap reference guide), by the six lower bits of the flags. */
const FLAG_PROBES: Readonly<Record<number, string>> = {
  0: 'Null',
  1: 'FIN',
  41: 'Xmas',
  3: 'SYN with FIN',
  6: 'SYN with RST',
};

const DNS_PORTS: ReadonlyMap<number, boolean> = new Map([
  [53, false],
  [5353, false],
  [5355, false],
  [137, true],
]);

export interface FlagProbe {
  readonly kind: string;
  readonly packet: LivePacket;
}

export interface LiveListing {
  readonly packets: LivePacket[];
  readonly questions: LiveQuestion[];
  readonly probes: FlagProbe[];
}

/** Names longer than this, or with a label as long, are what carries data in DNS. */
const LONG_NAME = 100;
const LONG_LABEL = 45;

function judged(
  name: string,
  type: string,
  rcode: string | undefined,
): Pick<LiveQuestion, 'severity' | 'why'> {
  if (name.length > LONG_NAME || name.split('.').some((label) => label.length > LONG_LABEL))
    return { severity: 'medium', why: 'a name as long as those that carry data' };
  if (type === 'AXFR' || type === 'IXFR') return { severity: 'medium', why: 'asks for a whole zone' };
  if (type === 'NULL' || type === '*') return { severity: 'low', why: `asks for ${type}` };
  if (rcode !== undefined && rcode !== 'NOERROR') return { severity: 'low', why: `answered ${rcode}` };
  return { severity: 'info', why: null };
}

export class LivePackets {
  packets = 0;
  bytes = 0;
  questions = 0;
  notListed = 0;
  readonly #h = new Headers();
  readonly #conns = new Map<string, LiveConn>();
  #listing: LiveListing = { packets: [], questions: [], probes: [] };

  packet(view: PacketView): void {
    const h = this.#h;
    this.packets++;
    this.bytes += view.len;
    h.reset(view);
    const fault = decodeLink(view.linkType, h, view.off, h.end);
    // The innermost layer is what two programs say to each other.
    const layer = h.layers - 1;
    const flags =
      layer >= 0 && h.ipProto[layer] === TCP && h.hasTransport[layer] === 1 ? h.tcpFlags[layer] & 63 : -1;
    const probe = flags >= 0 ? FLAG_PROBES[flags] : undefined;
    const room = this.#listing.packets.length < ((probe ?? fault !== 0) ? GRAVE_LISTED : LISTED);
    if (layer >= 0) this.#count(layer, view);
    if (layer >= 0 && h.ipProto[layer] === UDP) this.#dns(layer, view);
    if (!room) {
      this.notListed++;
      return;
    }
    const line = this.#line(view, layer, flags, probe, fault !== 0);
    this.#listing.packets.push(line);
    if (probe !== undefined) this.#listing.probes.push({ kind: probe, packet: line });
  }

  /** What came since it was asked last. */
  take(): LiveListing {
    const listing = this.#listing;
    this.#listing = { packets: [], questions: [], probes: [] };
    return listing;
  }

  /** Those with most bytes. */
  conns(): LiveConn[] {
    return [...this.#conns.values()].sort((a, b) => b.bytes - a.bytes).slice(0, CONNS_TOLD);
  }

  #count(layer: number, view: PacketView): void {
    const h = this.#h;
    const [a, b] = [this.#end(h.src, layer, h.sport), this.#end(h.dst, layer, h.dport)];
    const proto = PROTOCOLS[h.ipProto[layer]] ?? `ip ${h.ipProto[layer]}`;
    const key = a < b ? `${proto} ${a} ${b}` : `${proto} ${b} ${a}`;
    const ts = seconds(view);
    const conn = this.#conns.get(key);
    if (conn) {
      conn.packets++;
      conn.bytes += view.len;
      conn.last = ts;
    } else if (this.#conns.size < CONNS_FOLLOWED)
      this.#conns.set(key, { proto, a, b, packets: 1, bytes: view.len, first: ts, last: ts });
  }

  #end(addresses: Uint32Array, layer: number, ports: Uint16Array): string {
    const [hi, lo] = addressOf(addresses, 4 * layer);
    const text = addressText({ hi, lo });
    if (this.#h.hasTransport[layer] === 0 || ports[layer] === 0) return text;
    return `${text.includes(':') ? `[${text}]` : text}:${ports[layer]}`;
  }

  #line(
    view: PacketView,
    layer: number,
    flags: number,
    probe: string | undefined,
    faulty: boolean,
  ): LivePacket {
    const h = this.#h;
    const base = { n: view.n, ts: seconds(view), len: view.len };
    if (layer < 0)
      return {
        ...base,
        proto: FAMILIES[h.family] ?? 'link',
        src: '',
        dst: '',
        info: faulty ? 'not decoded in full' : '',
        severity: faulty ? 'low' : 'info',
      };
    const info = [
      ...(flags > 0 ? [[...FLAG_LETTERS].filter((_, bit) => flags & (1 << bit)).join('')] : []),
      ...(probe === undefined ? [] : [`${probe} probe`]),
      ...(faulty ? ['not decoded in full'] : []),
      `${h.payloadLen[layer]} B`,
      snippet(h.bytes, h.payloadOff[layer], h.payloadCap[layer]),
    ];
    return {
      ...base,
      proto: PROTOCOLS[h.ipProto[layer]] ?? `ip ${h.ipProto[layer]}`,
      src: this.#end(h.src, layer, h.sport),
      dst: this.#end(h.dst, layer, h.dport),
      info: info.filter((word) => word !== '').join(' '),
      severity: probe !== undefined ? 'medium' : faulty ? 'low' : 'info',
    };
  }

  #dns(layer: number, view: PacketView): void {
    const h = this.#h;
    const netbios = DNS_PORTS.get(h.sport[layer]) ?? DNS_PORTS.get(h.dport[layer]);
    if (netbios === undefined) return;
    const at = h.payloadOff[layer];
    const message = messageOf(h.bytes.subarray(at, at + h.payloadCap[layer]), netbios);
    const question = message?.questions[0];
    if (!message || !question) return;
    this.questions++;
    if (this.#listing.questions.length >= QUESTIONS_LISTED) return;
    const type = typeName(question.type, netbios);
    const rcode = message.isReply ? rcodeName(message.flags & 15) : undefined;
    const [from, to] = [this.#end(h.src, layer, h.sport), this.#end(h.dst, layer, h.dport)];
    const answers = message.isReply
      ? answerTexts(message, netbios).flatMap(({ answer }) => (answer === '' ? [] : [answer]))
      : [];
    this.#listing.questions.push({
      n: view.n,
      ts: seconds(view),
      client: message.isReply ? to : from,
      server: message.isReply ? from : to,
      name: question.name,
      type,
      answer: rcode === undefined ? null : [rcode, ...answers.slice(0, 5)].join(' '),
      ...judged(question.name, type, rcode),
    });
  }
}

const seconds = (view: PacketView): number => view.tsSec + view.tsNsec / 1e9;

const SNIPPET = 48;
/** The first bytes of a payload where they are text. */
function snippet(bytes: Uint8Array, at: number, length: number): string {
  let text = '';
  for (let i = at; i < at + Math.min(length, SNIPPET); i++) {
    const byte = bytes[i];
    if (byte < 32 || byte > 126) break;
    text += String.fromCharCode(byte);
  }
  return text.length < 4 ? '' : text;
}

/** A reader whose packets are also shown to `each`, before anybody else has them. */
export function watched(reader: CaptureReader, each: (view: PacketView) => void): CaptureReader {
  return {
    refill: () => reader.refill(),
    next(view) {
      if (!reader.next(view)) return false;
      each(view);
      return true;
    },
    get info() {
      return reader.info;
    },
    get faults() {
      return reader.faults;
    },
    get consumed() {
      return reader.consumed;
    },
    close: () => reader.close(),
  };
}
