/** Which rules have to be asked: by where they look, and by the literals that are there. */

import type { Transform } from '../language/buffer-match.ts';
import { LiteralSet } from '../../matcher/literal-set.hot.ts';
import type { Place, RuleProgram } from './rule-program.ts';

/** Rules behind literals, and those that have none. */
export class GatedRules {
  readonly #gated: readonly RuleProgram[];
  readonly #set: LiteralSet;
  readonly always: readonly RuleProgram[];

  /** Bytes of the longest literal. */
  readonly longest: number;

  constructor(programs: readonly RuleProgram[]) {
    this.longest = programs.reduce((most, { gate }) => Math.max(most, gate?.bytes.length ?? 0), 0);
    this.#gated = programs.filter(({ gate }) => gate !== undefined);
    this.always = programs.filter(({ gate }) => gate === undefined);
    this.#set = new LiteralSet(
      this.#gated.map(({ gate }) => gate?.bytes ?? new Uint8Array(0)),
      this.#gated.map(({ gate }) => gate?.nocase ?? true),
    );
  }

  get isEmpty(): boolean {
    return this.#gated.length === 0 && this.always.length === 0;
  }

  get hasGated(): boolean {
    return this.#gated.length > 0;
  }

  /** Tells each rule whose literal is in the bytes. */
  search(bytes: Uint8Array, from: number, to: number, found: (program: RuleProgram) => void): void {
    if (this.#gated.length === 0) return;
    const count = this.#set.search(bytes, from, to);
    for (let i = 0; i < count; i++) {
      const program = this.#gated[this.#set.hits[i]];
      found(program);
    }
  }
}

export interface BufferGate {
  readonly buffer: string;
  readonly transforms: readonly Transform[];
  readonly rules: GatedRules;
}

const at = (programs: readonly RuleProgram[], ...places: readonly Place[]): RuleProgram[] =>
  programs.filter(({ place }) => places.includes(place));

/** The gate's literal is the payload's own. */
const onPayload = ({ gate }: RuleProgram): boolean =>
  gate?.buffer === 'payload' && gate.transforms.length === 0;

export class RuleGroups {
  readonly all: readonly RuleProgram[];
  readonly frame: readonly RuleProgram[];
  readonly ipOnly: readonly RuleProgram[];
  readonly protocol: readonly RuleProgram[];
  /** Asked of packets: those behind a literal of the payload, and all others. */
  readonly packetGated: GatedRules;
  readonly packetAlways: readonly RuleProgram[];
  readonly stream: GatedRules;
  readonly strays: GatedRules;
  readonly hasStream: boolean;
  /** Some rule asks for an event of streams. */
  readonly hasStreamEvents: boolean;
  readonly transactionGates: readonly BufferGate[];
  readonly transactionAlways: readonly RuleProgram[];
  /** Buffers and fields that some rule looks into. */
  readonly needed: ReadonlySet<string>;

  constructor(programs: readonly RuleProgram[]) {
    this.all = programs;
    this.frame = at(programs, 'frame');
    this.ipOnly = at(programs, 'ip-only');
    this.protocol = at(programs, 'protocol');
    const packet = at(programs, 'packet', 'packet-stream');
    this.packetGated = new GatedRules(packet.filter(onPayload));
    this.packetAlways = packet.filter((program) => !onPayload(program));
    // Of a segment that is in no stream, its own bytes are asked.
    this.strays = new GatedRules(at(programs, 'stream'));
    this.hasStreamEvents = programs.some(({ rule }) => rule.header.some((test) => test.kind === 'event' && test.of === 'stream'));
    const stream = at(programs, 'stream', 'packet-stream');
    this.stream = new GatedRules(stream);
    const transaction = at(programs, 'transaction');
    this.hasStream =
      !this.stream.isEmpty ||
      transaction.some(({ matches }) => matches.some(({ matches: { buffer } }) => buffer === 'payload'));
    const gates = new Map<string, RuleProgram[]>();
    const always: RuleProgram[] = [];
    for (const program of transaction) {
      const { gate } = program;
      const isOfTransaction = gate && gate.buffer !== 'payload' && gate.buffer !== 'base64_data';
      if (!isOfTransaction) {
        always.push(program);
        continue;
      }
      const key = JSON.stringify([gate.buffer, gate.transforms]);
      const list = gates.get(key);
      if (list) list.push(program);
      else gates.set(key, [program]);
    }
    this.transactionAlways = always;
    this.transactionGates = [...gates.values()].map((list) => {
      const { buffer = '', transforms = [] } = list[0]?.gate ?? {};
      return { buffer, transforms, rules: new GatedRules(list) };
    });
    this.needed = new Set(
      transaction.flatMap(({ rule }) => [
        ...rule.matches.map(({ buffer }) => buffer),
        ...rule.appFields.map(({ field }) => field),
      ]),
    );
  }
}
