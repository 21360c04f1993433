import { describe, expect, it } from 'vitest';
import { executableFacts } from './portable-executable.ts';

interface Wanted {
  readonly machine?: number;
  readonly magic?: number;
  readonly characteristics?: number;
  readonly flags?: number;
  readonly directories?: readonly number[];
  readonly sections?: readonly string[];
  readonly optionalSize?: number;
}

/** A program's headers; nothing of it could run. */
function program(wanted: Wanted = {}): Uint8Array {
  const { machine = 0x8664, magic = 0x20b, characteristics = 0x22, flags = 0x8160 } = wanted;
  const { directories = [0, 0x200], sections = ['.text', '.rsrc'] } = wanted;
  const at = 128;
  const optional = at + 24;
  const fixed = magic === 0x20b ? 112 : 96;
  const size = wanted.optionalSize ?? fixed + 8 * directories.length;
  const bytes = new Uint8Array(optional + size + 40 * sections.length);
  const view = new DataView(bytes.buffer);
  bytes.set([0x4d, 0x5a]);
  view.setUint32(60, at, true);
  view.setUint32(at, 0x4550, true);
  view.setUint16(at + 4, machine, true);
  view.setUint16(at + 6, sections.length, true);
  view.setUint32(at + 8, 1_700_000_000, true);
  view.setUint16(at + 20, size, true);
  view.setUint16(at + 22, characteristics, true);
  if (size >= fixed) {
    view.setUint16(optional, magic, true);
    view.setUint16(optional + 40, 6, true);
    view.setUint16(optional + 42, 1, true);
    view.setUint16(optional + 68, 3, true);
    view.setUint16(optional + 70, flags, true);
    view.setUint32(optional + fixed - 4, directories.length, true);
    directories.forEach((length, i) => {
      view.setUint32(optional + fixed + 8 * i + 4, length, true);
    });
  }
  sections.forEach((name, i) => {
    bytes.set(new TextEncoder().encode(name), optional + size + 40 * i);
  });
  return bytes;
}

describe('executableFacts', () => {
  it('reads a program of 64 bits', () => {
    expect(executableFacts(program())).toEqual({
      machine: 'AMD64',
      compile_ts: 1_700_000_000_000_000_000n,
      os: 'Windows 7 or Server 2008 R2',
      subsystem: 'WINDOWS_CUI',
      is_exe: true,
      is_64bit: true,
      is_dll: false,
      uses_aslr: true,
      uses_dep: true,
      uses_code_integrity: false,
      uses_seh: true,
      has_import_table: true,
      has_export_table: false,
      has_cert_table: false,
      has_debug_data: false,
      section_names: ['.text', '.rsrc'],
    });
  });

  it('reads a signed library of 32 bits without handlers of exceptions', () => {
    const bytes = program({
      machine: 0x14c,
      magic: 0x10b,
      characteristics: 0x2102,
      flags: 0x480,
      directories: [1, 0, 0, 0, 1, 0, 1],
    });
    expect(executableFacts(bytes)).toMatchObject({
      machine: 'I386',
      is_64bit: false,
      is_dll: true,
      uses_aslr: false,
      uses_dep: false,
      uses_code_integrity: true,
      uses_seh: false,
      has_import_table: false,
      has_export_table: true,
      has_cert_table: true,
      has_debug_data: true,
    });
  });

  it('says nothing of a loader where the optional header is absent, as in object files', () => {
    const facts = executableFacts(program({ machine: 0x475, optionalSize: 0 }));
    expect(facts).toMatchObject({ machine: 'unknown-475', is_exe: false, section_names: ['.text', '.rsrc'] });
    expect(facts).not.toHaveProperty('os');
  });

  it('refuses what only begins like one, and survives every cut', () => {
    expect(executableFacts(new TextEncoder().encode(`MZ${'x'.repeat(200)}`))).toBeUndefined();
    const whole = program();
    for (let length = 0; length < whole.length; length++) {
      const facts = executableFacts(whole.subarray(0, length));
      if (length < 152) expect(facts).toBeUndefined();
      else expect(facts?.['machine']).toBe('AMD64');
    }
  });
});
