/**
 * WebAssembly instructions as values: each is its bytes, operands before operator, so that a kernel is written as nested calls.
 * What is not used is not here. Source: WebAssembly Core Specification 2.0, chapter 5 (binary format).
 */

/** Bytes of an instruction and of all that it takes its operands from. */
export type Code = readonly number[];

/** Whole numbers in LEB128. */
export function unsigned(value: number): number[] {
  const bytes: number[] = [];
  let left = value >>> 0;
  while (left > 0x7f) {
    bytes.push((left & 0x7f) | 0x80);
    left >>>= 7;
  }
  return [...bytes, left];
}

export function signed(value: number): number[] {
  const bytes: number[] = [];
  let left = value | 0;
  while (left < -64 || left > 63) {
    bytes.push((left & 0x7f) | 0x80);
    left >>= 7;
  }
  return [...bytes, left & 0x7f];
}

const binary =
  (opcode: number) =>
  (a: Code, b: Code): Code => [...a, ...b, opcode];

/** Reads at `address` + `offset`, with no demand on how the address is aligned. */
const load =
  (opcode: number) =>
  (address: Code, offset = 0): Code => [...address, opcode, 0, ...unsigned(offset)];

const store =
  (opcode: number) =>
  (address: Code, value: Code, offset = 0): Code => [...address, ...value, opcode, 0, ...unsigned(offset)];

export const i32 = {
  of: (value: number): Code => [0x41, ...signed(value)],
  load: load(0x28),
  load8: load(0x2d),
  load16: load(0x2f),
  store: store(0x36),
  isZero: (a: Code): Code => [...a, 0x45],
  eq: binary(0x46),
  ne: binary(0x47),
  /** Comparisons and shifts are unsigned. */
  lt: binary(0x49),
  gt: binary(0x4b),
  ge: binary(0x4f),
  add: binary(0x6a),
  sub: binary(0x6b),
  mul: binary(0x6c),
  and: binary(0x71),
  or: binary(0x72),
  xor: binary(0x73),
  shl: binary(0x74),
  shr: binary(0x76),
} as const;

export const i64 = {
  load: load(0x29),
  ne: binary(0x52),
  or: binary(0x84),
} as const;

/** A local variable or parameter, by its number in the function. */
export const local = (number: number) => ({
  get: [0x20, ...unsigned(number)] as Code,
  set: (value: Code): Code => [...value, 0x21, ...unsigned(number)],
  /** Sets and leaves the value. */
  tee: (value: Code): Code => [...value, 0x22, ...unsigned(number)],
});

export const global = (number: number) => ({
  get: [0x23, ...unsigned(number)] as Code,
  set: (value: Code): Code => [...value, 0x24, ...unsigned(number)],
});

const NO_RESULT = 0x40;
const END = 0x0b;

/** All of these, one after the other. */
export const steps = (...codes: readonly Code[]): Code => codes.flat();
/** `leave(0)` inside goes to its end. */
export const block = (...codes: readonly Code[]): Code => [0x02, NO_RESULT, ...codes.flat(), END];
/** `leave(0)` inside goes back to its begin. */
export const loop = (...codes: readonly Code[]): Code => [0x03, NO_RESULT, ...codes.flat(), END];
export const when = (condition: Code, ...codes: readonly Code[]): Code => [
  ...condition,
  0x04,
  NO_RESULT,
  ...codes.flat(),
  END,
];
/** Leaves as many blocks, loops and conditions as `depth` says, and the one around them. */
export const leave = (depth: number): Code => [0x0c, ...unsigned(depth)];
export const leaveIf = (depth: number, condition: Code): Code => [...condition, 0x0d, ...unsigned(depth)];
export const giveBack = (...value: readonly Code[]): Code => [...value.flat(), 0x0f];
export const call = (number: number, ...operands: readonly Code[]): Code => [
  ...operands.flat(),
  0x10,
  ...unsigned(number),
];
