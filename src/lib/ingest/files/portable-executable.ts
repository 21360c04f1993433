/** Headers of portable executables (Microsoft PE Format): what the beginning of a file says of itself, in the words of Zeek's pe.log. */

import type { RowValues } from '../../model/content.ts';

const MACHINES: Readonly<Record<number, string>> = {
  0x0: 'UNKNOWN',
  0x14c: 'I386',
  0x166: 'R4000',
  0x169: 'WCEMIPSV2',
  0x1a2: 'SH3',
  0x1a3: 'SH3DSP',
  0x1a6: 'SH4',
  0x1a8: 'SH5',
  0x1c0: 'ARM',
  0x1c2: 'THUMB',
  0x1c4: 'ARMNT',
  0x1d3: 'AM33',
  0x1f0: 'POWERPC',
  0x1f1: 'POWERPCFP',
  0x200: 'IA64',
  0x266: 'MIPS16',
  0x366: 'MIPSFPU',
  0x466: 'MIPSFPU16',
  0xebc: 'EBC',
  0x8664: 'AMD64',
  0x9041: 'M32R',
  0xaa64: 'ARM64',
};

const SUBSYSTEMS: Readonly<Record<number, string>> = {
  0: 'UNKNOWN',
  1: 'NATIVE',
  2: 'WINDOWS_GUI',
  3: 'WINDOWS_CUI',
  7: 'POSIX_CUI',
  9: 'WINDOWS_CE_GUI',
  10: 'EFI_APPLICATION',
  11: 'EFI_BOOT_SERVICE_DRIVER',
  12: 'EFI_RUNTIME_DRIVER',
  13: 'EFI_ROM',
  14: 'XBOX',
};

const SYSTEMS: Readonly<Record<string, string>> = {
  '10.0': 'Windows 10',
  '6.4': 'Windows 10 Technical Preview',
  '6.3': 'Windows 8.1 or Server 2012 R2',
  '6.2': 'Windows 8 or Server 2012',
  '6.1': 'Windows 7 or Server 2008 R2',
  '6.0': 'Windows Vista or Server 2008',
  '5.2': 'Windows XP x64 or Server 2003',
  '5.1': 'Windows XP',
  '5.0': 'Windows 2000',
  '4.90': 'Windows Me',
  '4.10': 'Windows 98',
  '4.0': 'Windows 95 or NT 4.0',
  '3.51': 'Windows NT 3.51',
  '3.50': 'Windows NT 3.5',
};

const SIGNATURE = 0x4550;
const COFF_HEADER = 20;
const SECTION_HEADER = 40;
const MAX_SECTIONS = 96;
const [PE32, PE32_PLUS] = [0x10b, 0x20b];
const MACHINE_32BIT = 0x100;
const DLL = 0x2000;
const [DYNAMIC_BASE, FORCE_INTEGRITY, NX_COMPAT, NO_SEH] = [0x40, 0x80, 0x100, 0x400];
/** Directories by their number. */
const [EXPORTS, IMPORTS, CERTIFICATES, DEBUG] = [0, 1, 4, 6];

const LATIN1 = new TextDecoder('latin1');

/** The optional header at `at`: what is asked of the loader. */
function loaderFacts(view: DataView, at: number, size: number): RowValues {
  const magic = view.getUint16(at, true);
  if (size < 72 || (magic !== PE32 && magic !== PE32_PLUS)) return {};
  const system = `${String(view.getUint16(at + 40, true))}.${String(view.getUint16(at + 42, true))}`;
  const subsystem = view.getUint16(at + 68, true);
  const flags = view.getUint16(at + 70, true);
  const directories = at + (magic === PE32 ? 96 : 112);
  const count = directories <= at + size ? view.getUint32(directories - 4, true) : 0;
  const has = (directory: number): boolean => {
    const entry = directories + 8 * directory;
    return directory < count && entry + 8 <= at + size && view.getUint32(entry + 4, true) > 0;
  };
  return {
    os: SYSTEMS[system] ?? `unknown-${system}`,
    subsystem: SUBSYSTEMS[subsystem] ?? `unknown-${subsystem.toString(16)}`,
    uses_aslr: (flags & DYNAMIC_BASE) !== 0,
    uses_dep: (flags & NX_COMPAT) !== 0,
    uses_code_integrity: (flags & FORCE_INTEGRITY) !== 0,
    uses_seh: (flags & NO_SEH) === 0,
    has_import_table: has(IMPORTS),
    has_export_table: has(EXPORTS),
    has_cert_table: has(CERTIFICATES),
    has_debug_data: has(DEBUG),
  };
}

/** Section names that begin within the bytes, whole. */
function sectionNames(bytes: Uint8Array, at: number, count: number): string[] {
  const names: string[] = [];
  for (let i = 0; i < Math.min(count, MAX_SECTIONS); i++) {
    const from = at + i * SECTION_HEADER;
    if (from + SECTION_HEADER > bytes.length) break;
    // Shown as they are written in programs: what is no printable character goes.
    const name = LATIN1.decode(bytes.subarray(from, from + 8)).replace(/[^\x20-\x7e].*$/s, '');
    names.push(name);
  }
  return names;
}

/** Columns of `pe` but `fuid`, of a file that begins with `bytes`; undefined where its headers are not among them, or are none. */
export function executableFacts(bytes: Uint8Array): RowValues | undefined {
  if (bytes.length < 64 || bytes[0] !== 0x4d || bytes[1] !== 0x5a) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const at = view.getUint32(60, true);
  const optional = at + 4 + COFF_HEADER;
  if (at < 4 || optional > bytes.length || view.getUint32(at, true) !== SIGNATURE) return undefined;
  const machine = view.getUint16(at + 4, true);
  const linked = view.getUint32(at + 8, true);
  const size = view.getUint16(at + 20, true);
  const characteristics = view.getUint16(at + 22, true);
  const whole = size >= 2 && optional + size <= bytes.length;
  const names = sectionNames(bytes, optional + size, view.getUint16(at + 6, true));
  return {
    machine: MACHINES[machine] ?? `unknown-${machine.toString(16)}`,
    compile_ts: BigInt(linked) * 1_000_000_000n,
    is_exe: size > 0,
    is_64bit: (characteristics & MACHINE_32BIT) === 0,
    is_dll: (characteristics & DLL) !== 0,
    uses_aslr: false,
    uses_dep: false,
    uses_code_integrity: false,
    uses_seh: true,
    ...(whole ? loaderFacts(view, optional, size) : undefined),
    section_names: names.length > 0 ? names : undefined,
  };
}
