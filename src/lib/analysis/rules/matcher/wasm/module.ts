/** Puts functions together to a WebAssembly module. Source: WebAssembly Core Specification 2.0, section 5.5. */

import { unsigned, type Code } from './instructions.ts';

/** Of whole numbers of 32 bits alone, parameters and result too. */
export interface WasmFunction {
  /** Under this name it can be called from outside; undefined where only the module does. */
  readonly name: string | undefined;
  readonly params: number;
  readonly locals: number;
  readonly result: boolean;
  readonly body: Code;
}

const I32 = 0x7f;
const FUNCTION = 0x60;
const MEMORY_NAME = 'memory';

const text = (value: string): number[] => [...unsigned(value.length), ...Buffer.from(value, 'latin1')];
const list = (items: readonly (readonly number[])[]): number[] => [...unsigned(items.length), ...items.flat()];
const section = (id: number, content: readonly number[]): number[] => [id, ...unsigned(content.length), ...content];

/**
 * @param functions called by their places in this list
 * @param globals how many whole numbers the module keeps between calls, 0 at first
 * @returns the module's bytes; it imports its memory as `env.memory`
 */
export function wasmModule(functions: readonly WasmFunction[], globals: number): Uint8Array<ArrayBuffer> {
  const types = functions.map(({ params, result }) => [
    FUNCTION,
    ...list(Array.from({ length: params }, () => [I32])),
    ...list(result ? [[I32]] : []),
  ]);
  const memory = [...text('env'), ...text(MEMORY_NAME), 0x02, 0x00, ...unsigned(1)];
  const exported = functions.flatMap(({ name }, index) =>
    name === undefined ? [] : [[...text(name), 0x00, ...unsigned(index)]],
  );
  const bodies = functions.map(({ locals, body }) => {
    const code = [...list(locals > 0 ? [[...unsigned(locals), I32]] : []), ...body, 0x0b];
    return [...unsigned(code.length), ...code];
  });
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...section(1, list(types)),
    ...section(2, list([memory])),
    ...section(3, list(functions.map((_, index) => unsigned(index)))),
    ...section(6, list(Array.from({ length: globals }, () => [I32, 0x01, 0x41, 0x00, 0x0b]))),
    ...section(7, list(exported)),
    ...section(10, list(bodies)),
  ]);
}
