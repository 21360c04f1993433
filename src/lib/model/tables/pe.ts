import { column, optional, recordTable } from './record-table.ts';

/** Zeek's pe.log; `fuid` is its `id`. */
export const PE = recordTable(
  'pe',
  'One row a portable executable (Windows program or library) that was carried as a file.',
  [
    column('fuid', 'text', 'the file, in files'),
    column('machine', 'text', 'processor that it is made for', { ecs: 'file.pe.architecture' }),
    column('compile_ts', 'time', 'when it was linked, as it says itself', optional),
    column('os', 'text', 'oldest system that it says to run on', optional),
    column('subsystem', 'text', 'WINDOWS_GUI, WINDOWS_CUI, NATIVE …', optional),
    column('is_exe', 'bool', 'an image that can be loaded, no object file'),
    column('is_64bit', 'bool', 'not marked as made for 32 bits'),
    column('is_dll', 'bool', 'a library'),
    column('uses_aslr', 'bool', 'can be loaded at any address'),
    column('uses_dep', 'bool', 'data is never executed'),
    column('uses_code_integrity', 'bool', 'signatures are to be checked before it is loaded'),
    column('uses_seh', 'bool', 'handles exceptions'),
    column('has_import_table', 'bool', 'imports functions', optional),
    column('has_export_table', 'bool', 'exports functions', optional),
    column('has_cert_table', 'bool', 'carries a signature', optional),
    column('has_debug_data', 'bool', 'carries facts for debuggers', optional),
    column('section_names', 'text[]', 'its sections, in order', optional),
  ],
);
