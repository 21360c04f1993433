/**
 * The open connections, as a structure of arrays. A slot is a small integer; slots are reused. Everything that is counted a
 * packet lies here; what is rare (tunnel parents, VLAN stacks, a connection's predecessor) lies in maps beside.
 *
 * The two ends are stored in canonical order, A before B, so that both directions find the same slot; `origIsA` says who
 * began. Arrays of an end are indexed 2 × slot + (0 for the originator, 1 for the responder).
 */

/** Letters of a history that are kept; Zeek keeps all, and scans of one tuple can make thousands. */
export const HISTORY_CAP = 48;

const FIRST_CAPACITY = 16_384;

export const END_STATE = { inactive: 0, synSent: 1, synAckSent: 2, partial: 3, established: 4, closed: 5, reset: 6 } as const;

/** Whose link-layer address is known. */
export const MACS = { none: 0, both: 1, origOnly: 2, respOnly: 3 } as const;

type Typed = Uint8Array | Uint16Array | Uint32Array | Int32Array | Float64Array;

export class FlowStore {
  capacity = 0;
  open = 0;

  // The key.
  address = new Uint32Array(0);
  ports = new Uint32Array(0);
  ipProto = new Uint8Array(0);
  oneWay = new Uint8Array(0);
  tunnelKey = new Uint32Array(0);
  vlanKey = new Uint32Array(0);
  hash = new Uint32Array(0);
  next = new Int32Array(0);

  // Identity.
  origIsA = new Uint8Array(0);
  connNo = new Uint32Array(0);
  ordinal = new Uint16Array(0);
  version = new Uint8Array(0);
  firstSec = new Float64Array(0);
  firstNsec = new Uint32Array(0);
  lastSec = new Float64Array(0);
  lastNsec = new Uint32Array(0);
  firstFile = new Uint16Array(0);
  firstFrame = new Uint32Array(0);
  lastFile = new Uint16Array(0);
  lastFrame = new Uint32Array(0);
  hasMacs = new Uint8Array(0);
  tunnel = new Uint8Array(0);
  tunnelId = new Uint32Array(0);
  /** How it carries others inside: index into TUNNEL_TYPES, 0 where it carries none. */
  carries = new Uint8Array(0);
  parentNo = new Uint32Array(0);
  vlanSet = new Uint8Array(0);

  // What happened.
  history = new Uint8Array(0);
  historyLen = new Uint8Array(0);
  historySeen = new Uint32Array(0);
  weirds = new Uint32Array(0);
  firstFlags = new Uint8Array(0);
  resets = new Uint32Array(0);
  endedBy = new Uint8Array(0);
  partial = new Uint8Array(0);
  firstSeen = new Uint8Array(0);
  active = new Uint8Array(0);
  closeDeferred = new Uint8Array(0);
  missed = new Float64Array(0);
  /** Times in seconds; 0 for none. `synAt` and `rtt` in nanoseconds since the connection's first packet, -1 for none. */
  synAt = new Float64Array(0);
  rtt = new Float64Array(0);
  /** The clock of time-outs: Zeek's last_time, which stands still once both sides have closed. */
  idleSince = new Float64Array(0);
  inactivity = new Float64Array(0);
  attemptAt = new Float64Array(0);
  deleteAt = new Float64Array(0);
  wheelNext = new Int32Array(0);

  // Each end.
  macHi = new Uint16Array(0);
  macLo = new Uint32Array(0);
  pkts = new Float64Array(0);
  ipBytes = new Float64Array(0);
  frameBytes = new Float64Array(0);
  payload = new Float64Array(0);
  flags = new Uint8Array(0);
  retransmits = new Uint32Array(0);
  outOfOrder = new Uint32Array(0);
  zeroWindows = new Uint32Array(0);
  state = new Uint8Array(0);
  prevState = new Uint8Array(0);
  didClose = new Uint8Array(0);
  startSeq = new Uint32Array(0);
  lastSeq = new Uint32Array(0);
  ackSeq = new Uint32Array(0);
  seqWraps = new Uint16Array(0);
  ackWraps = new Uint16Array(0);
  windowScale = new Uint8Array(0);
  finCount = new Uint32Array(0);
  rstCount = new Uint32Array(0);
  finSeq = new Float64Array(0);
  lastSyn = new Float64Array(0);
  lastFin = new Float64Array(0);
  lastRst = new Float64Array(0);
  gaps = new Uint32Array(0);
  badChecksums = new Uint32Array(0);
  /** Delivered up to here, acknowledged up to there (relative sequence numbers), and the first stored interval. */
  delivered = new Float64Array(0);
  trimmed = new Float64Array(0);
  intervals = new Int32Array(0);
  skipping = new Uint8Array(0);
  atEof = new Uint8Array(0);

  // What few connections have.
  readonly parents = new Map<number, string[]>();
  readonly vlans = new Map<number, readonly number[]>();
  readonly continuedFrom = new Map<number, string>();

  #freeHead = -1;

  constructor() {
    this.#grow(FIRST_CAPACITY);
  }

  get bytes(): number {
    let sum = 0;
    for (const value of Object.values(this)) if (ArrayBuffer.isView(value)) sum += value.byteLength;
    return sum;
  }

  #grow(capacity: number): void {
    const from = this.capacity;
    const more = <A extends Typed>(old: A, each: number): A => {
      const bigger = new (old.constructor as new (length: number) => A)(capacity * each);
      bigger.set(old);
      return bigger;
    };
    for (const name of Object.keys(this) as (keyof this)[]) {
      const old = this[name];
      if (!ArrayBuffer.isView(old)) continue;
      const each = name === 'address' ? 8 : name === 'history' ? HISTORY_CAP : PER_END.has(name as string) ? 2 : 1;
      this[name] = more(old as unknown as Typed, each) as unknown as this[keyof this];
    }
    this.capacity = capacity;
    for (let slot = capacity - 1; slot >= from; slot--) {
      this.next[slot] = this.#freeHead;
      this.#freeHead = slot;
    }
  }

  /** A free slot, its fields as they were left: `FlowTable` sets all of them. */
  take(): number {
    if (this.#freeHead < 0) this.#grow(this.capacity * 2);
    const slot = this.#freeHead;
    this.#freeHead = this.next[slot] as number;
    this.open++;
    return slot;
  }

  /** What belonged to the originator belongs to the responder from now on. */
  exchangeEnds(slot: number): void {
    for (const name of PER_END) {
      const array = this[name as keyof this] as unknown as Typed;
      const kept = array[2 * slot] as number;
      array[2 * slot] = array[2 * slot + 1] as number;
      array[2 * slot + 1] = kept;
    }
    this.origIsA[slot] = this.origIsA[slot] === 1 ? 0 : 1;
    if (this.hasMacs[slot] === MACS.origOnly) this.hasMacs[slot] = MACS.respOnly;
    else if (this.hasMacs[slot] === MACS.respOnly) this.hasMacs[slot] = MACS.origOnly;
  }

  release(slot: number): void {
    this.next[slot] = this.#freeHead;
    this.#freeHead = slot;
    this.open--;
    if (this.parentNo[slot] !== 0) this.parents.delete(slot);
    if (this.vlanSet[slot] !== 0) this.vlans.delete(slot);
    if (this.continuedFrom.size > 0) this.continuedFrom.delete(slot);
  }
}

const PER_END: ReadonlySet<string> = new Set([
  'macHi', 'macLo', 'pkts', 'ipBytes', 'frameBytes', 'payload', 'flags', 'retransmits', 'outOfOrder', 'zeroWindows', 'state', 'prevState', 'didClose', 'startSeq',
  'lastSeq', 'ackSeq', 'seqWraps', 'ackWraps', 'windowScale', 'finCount', 'rstCount', 'finSeq', 'lastSyn', 'lastFin', 'lastRst', 'gaps', 'badChecksums', 'delivered',
  'trimmed', 'intervals', 'skipping', 'atEof',
]);
