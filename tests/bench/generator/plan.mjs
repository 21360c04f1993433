/**
 * A connection's packets before any is written: who sends what when. Times are those of a tap beside the originator.
 * @import { Random } from './random.mjs'
 * @import { Conversation, Packet } from './frames.mjs'
 * @import { Message } from './messages.mjs'
 */
import { AT_ONCE } from './messages.mjs';
import { ACK, FIN, PSH, RST, SYN } from './frames.mjs';

/**
 * @typedef {object} Plan
 * @property {Conversation} conversation
 * @property {Packet[]} packets by time
 */

/**
 * @typedef {object} Path
 * @property {number} start ns since the capture began
 * @property {number} rtt ns from the tap to the responder and back
 * @property {number} local ns from the tap to the originator and back
 * @property {number} nsPerByte of the bottleneck
 * @property {number} ackEvery segments to an acknowledgement: 2, or more where the receiver coalesces
 */

/** @typedef {{ request: Message, answer: Message | null }} Exchange */

/** @typedef {'fin' | 'rst' | 'open'} Ending how a connection ends: properly, by a reset, or after the capture */

/**
 * @param {number} at @param {boolean} fromOrig @param {number} flags @param {number} seq @param {number} ack
 * @returns {Packet}
 */
export function bare(at, fromOrig, flags, seq, ack) {
  return { at, fromOrig, flags, seq, ack, head: null, pool: null, off: 0, len: 0 };
}

/** Packets with TCP's sequence numbers, acknowledgements and pauses. */
class TcpPlan {
  /** @type {Packet[]} */
  packets = [];
  /** @type {Path} */
  #path;
  #mss;
  #ackEvery;
  #at;
  #sent = { orig: 1, resp: 1 };
  /** Data packets seen since the peer's last acknowledgement. */
  #unacknowledged = 0;

  /** @param {Path} path @param {number} mss payload bytes a segment */
  constructor(path, mss) {
    this.#path = path;
    this.#mss = mss;
    this.#ackEvery = path.ackEvery;
    this.#at = path.start;
    this.#add(true, SYN, 0, 0);
    this.#wait(path.rtt);
    this.#add(false, SYN | ACK, 0, 1);
    this.#wait(path.local);
    this.#add(true, ACK, 1, 1);
  }

  /** @param {number} ns */
  #wait(ns) {
    this.#at += Math.ceil(ns);
  }

  /** @param {boolean} fromOrig @param {number} flags @param {number} seq @param {number} ack */
  #add(fromOrig, flags, seq, ack) {
    this.packets.push(bare(this.#at, fromOrig, flags, seq, ack));
  }

  /** @param {boolean} fromOrig */
  #sentBy(fromOrig) {
    return fromOrig ? this.#sent.orig : this.#sent.resp;
  }

  /** @param {boolean} receiverIsOrig @param {number} delay ns */
  #acknowledge(receiverIsOrig, delay) {
    const p = bare(
      this.#at + Math.ceil(delay),
      receiverIsOrig,
      ACK,
      this.#sentBy(receiverIsOrig),
      this.#sentBy(!receiverIsOrig),
    );
    this.packets.push(p);
    this.#unacknowledged = 0;
  }

  /** @param {Message} m */
  say(m) {
    const reaction = m.fromOrig ? this.#path.local : this.#path.rtt;
    const reply = m.fromOrig ? this.#path.rtt : this.#path.local;
    if (this.#unacknowledged > 0 && m.wait > 40e6) this.#acknowledge(m.fromOrig, 40e6);
    if (m.wait !== AT_ONCE) this.#wait(reaction + m.wait);
    let head = m.head.length > 0 ? m.head : null;
    let left = m.len;
    let off = m.off;
    while (head !== null || left > 0) {
      const room = this.#mss - (head === null ? 0 : head.length);
      const len = Math.min(room, left, m.pool.bytes.length - off);
      const size = this.#mss - room + len;
      left -= len;
      const p = bare(
        this.#at,
        m.fromOrig,
        left === 0 ? ACK | PSH : ACK,
        this.#sentBy(m.fromOrig),
        this.#sentBy(!m.fromOrig),
      );
      p.head = head;
      p.pool = m.pool;
      p.off = off;
      p.len = len;
      this.packets.push(p);
      if (m.fromOrig) this.#sent.orig += size;
      else this.#sent.resp += size;
      off = (off + len) % m.pool.bytes.length;
      head = null;
      this.#unacknowledged++;
      if (this.#unacknowledged === this.#ackEvery) this.#acknowledge(!m.fromOrig, reply);
      this.#wait(size * this.#path.nsPerByte + 500);
    }
  }

  /** @param {Ending} ending @param {boolean} byOrig @param {number} wait ns of idling before it */
  end(ending, byOrig, wait) {
    if (ending === 'open') return;
    const near = byOrig ? this.#path.local : this.#path.rtt;
    const far = byOrig ? this.#path.rtt : this.#path.local;
    this.#wait(Math.max(near, far) + wait);
    const mine = this.#sentBy(byOrig);
    const theirs = this.#sentBy(!byOrig);
    if (ending === 'rst') {
      this.#add(byOrig, RST | ACK, mine, theirs);
      return;
    }
    this.#add(byOrig, FIN | ACK, mine, theirs);
    this.#wait(far);
    this.#add(!byOrig, FIN | ACK, theirs, mine + 1);
    this.#wait(near);
    this.#add(byOrig, ACK, mine + 1, theirs + 1);
  }
}

/**
 * @param {Conversation} conversation
 * @param {Path} path
 * @param {Message[]} messages
 * @param {{ ending: Ending, byOrig: boolean, idle: number }} close
 * @returns {Plan}
 */
export function tcpPlan(conversation, path, messages, close) {
  const mss = (conversation.ipv6 ? 1440 : 1460) - (conversation.timestamps ? 12 : 0);
  const plan = new TcpPlan(path, mss);
  for (const message of messages) plan.say(message);
  plan.end(close.ending, close.byOrig, close.idle);
  return { conversation, packets: plan.packets };
}

/**
 * A connection that nobody takes.
 * @param {Conversation} conversation
 * @param {Path} path
 * @param {boolean} refused RST in answer; otherwise silence and two more attempts
 * @returns {Plan}
 */
export function failedPlan(conversation, path, refused) {
  const packets = [bare(path.start, true, SYN, 0, 0)];
  if (refused) packets.push(bare(path.start + path.rtt, false, RST | ACK, 0, 1));
  else packets.push(bare(path.start + 1e9, true, SYN, 0, 0), bare(path.start + 3e9, true, SYN, 0, 0));
  return { conversation, packets };
}

/**
 * Datagrams, each answered after the path's round trip.
 * @param {Conversation} conversation
 * @param {Path} path
 * @param {Exchange[]} exchanges
 * @returns {Plan}
 */
export function datagramPlan(conversation, path, exchanges) {
  /** @type {Packet[]} */
  const packets = [];
  const icmpRequest = conversation.ipv6 ? 128 : 8;
  const icmpReply = conversation.ipv6 ? 129 : 0;
  let at = path.start;
  exchanges.forEach(({ request, answer }, i) => {
    at += request.wait;
    for (const m of answer === null ? [request] : [request, answer]) {
      const icmp = m.fromOrig ? icmpRequest : icmpReply;
      const p = bare(
        m.fromOrig ? at : at + path.rtt,
        m.fromOrig,
        conversation.proto === 'icmp' ? icmp : 0,
        i + 1,
        0,
      );
      p.head = m.head.length > 0 ? m.head : null;
      p.pool = m.pool;
      p.off = m.off;
      p.len = m.len;
      packets.push(p);
    }
  });
  return { conversation, packets };
}

/**
 * Who-has and its answer.
 * @param {Conversation} conversation
 * @param {Path} path
 * @returns {Plan}
 */
export function arpPlan(conversation, path) {
  return {
    conversation,
    packets: [bare(path.start, true, 1, 0, 0), bare(path.start + path.local, false, 2, 0, 0)],
  };
}

/** Segments closer than this (ns) may overtake each other. */
const BURST = 2_000_000;

/** What the network does to segments that carry data, as shares of them. */
export class Impairment {
  #random;
  #shares;
  /** Data segments planned, and how many of them were … */
  counts = { data: 0, lost: 0, retransmitted: 0, reordered: 0 };

  /** @param {Random} random @param {{ lost: number, retransmitted: number, reordered: number }} shares of data segments */
  constructor(random, shares) {
    this.#random = random;
    this.#shares = shares;
  }

  /**
   * @param {'lost' | 'retransmitted' | 'reordered'} what
   * @returns {boolean} whether one more is due, at a random place; few segments can be overtaken, so that is tried more often
   */
  #due(what) {
    return (
      this.counts[what] < this.counts.data * this.#shares[what] &&
      this.#random.below(what === 'reordered' ? 4 : 20) === 0
    );
  }

  /**
   * Drops, repeats and delays data segments, then puts the packets in order of time.
   * @param {Plan} plan of a TCP connection
   * @param {number} rtt ns
   */
  apply(plan, rtt) {
    const fin = plan.packets.find((p) => p.flags & (FIN | RST));
    const limit = fin === undefined ? Infinity : fin.at - 1000;
    /** @type {Packet[]} */
    const out = [];
    plan.packets.forEach((p, i) => {
      if (p.pool === null) {
        out.push(p);
        return;
      }
      this.counts.data++;
      if (this.#due('lost')) {
        this.counts.lost++;
        return;
      }
      out.push(p);
      const again = p.at + rtt + 1_000_000;
      const follower = plan.packets.slice(i + 1, i + 3).find((q) => q.pool !== null);
      if (again < limit && this.#due('retransmitted')) {
        this.counts.retransmitted++;
        out.push({ ...p, at: again });
      } else if (follower?.fromOrig === p.fromOrig && follower.at - p.at < BURST && this.#due('reordered')) {
        this.counts.reordered++;
        p.at = follower.at + 1500;
      }
    });
    out.sort((a, b) => a.at - b.at);
    plan.packets = out;
  }
}
