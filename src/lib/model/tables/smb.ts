import { column, optional, recordTable } from './record-table.ts';

/** Zeek's smb_files.log. */
export const SMB_FILES = recordTable('smb_files', 'One row a file opened, renamed or deleted over SMB.', [
  column('fuid', 'text', 'id of its content, where it was carried', optional),
  column('action', 'text', 'SMB::FILE_OPEN, SMB::FILE_RENAME, SMB::FILE_DELETE, SMB::PRINT_OPEN', optional),
  column('path', 'text', 'the share', optional),
  column('name', 'text', 'path of the file within the share', { ...optional, ecs: 'file.path' }),
  column('size', 'u64', 'bytes', { ...optional, unit: 'bytes' }),
  column('prev_name', 'text', 'name before it was renamed', optional),
  column('times_modified', 'time', 'content changed last', optional),
  column('times_accessed', 'time', 'read last', optional),
  column('times_created', 'time', 'made', optional),
  column('times_changed', 'time', 'content or attributes changed last', optional),
]);

/** Zeek's smb_mapping.log. */
export const SMB_MAPPING = recordTable('smb_mapping', 'One row a share that was connected.', [
  column('path', 'text', 'the share, \\\\server\\share', optional),
  column('service', 'text', 'kind of resource (SMB1)', optional),
  column('native_file_system', 'text', 'file system of the share (SMB1)', optional),
  column('share_type', 'text', 'DISK, PIPE or PRINT', optional),
]);

/** Zeek's smb_cmd.log. */
export const SMB_CMD = recordTable('smb_cmd', 'One row an SMB command that was answered.', [
  column('command', 'text', 'the command', { eve: 'smb.command' }),
  column('sub_command', 'text', 'what a transaction is for (SMB1)', optional),
  column('argument', 'text', 'the share or the file that it is about', optional),
  column('status', 'text', 'NTSTATUS of the answer, without STATUS_', { eve: 'smb.status' }),
  column('rtt', 'span', 'from the command to its answer', { unit: 'ns' }),
  column('version', 'text', 'SMB1 or SMB2 (which is 3 too)', { eve: 'smb.dialect' }),
  column('tree', 'text', 'the share', { ...optional, eve: 'smb.share' }),
  column('tree_service', 'text', 'DISK, PIPE or PRINT', optional),
  column('referenced_file_fuid', 'text', 'id of what was carried of the file, up to this command', optional),
  column('referenced_file_name', 'text', 'path of the open file within its share', optional),
  column('referenced_file_path', 'text', 'the share of the open file', optional),
  column('referenced_file_size', 'u64', 'bytes of the open file', { ...optional, unit: 'bytes' }),
]);
