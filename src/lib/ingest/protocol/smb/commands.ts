/** Names of commands and of the commonest statuses of SMB, as Zeek's smb_cmd.log has them, and that log's rows. */

import { SMB_CMD } from '../../../model/tables/smb.ts';
import type { Conn, Position } from '../contract.ts';
import { fuidOf, type OpenFile, type Tree } from './shares.ts';

const SMB2_COMMANDS: readonly string[] = [
  'NEGOTIATE_PROTOCOL',
  'SESSION_SETUP',
  'LOGOFF',
  'TREE_CONNECT',
  'TREE_DISCONNECT',
  'CREATE',
  'CLOSE',
  'FLUSH',
  'READ',
  'WRITE',
  'LOCK',
  'IOCTL',
  'CANCEL',
  'ECHO',
  'QUERY_DIRECTORY',
  'CHANGE_NOTIFY',
  'QUERY_INFO',
  'SET_INFO',
  'OPLOCK_BREAK',
];

const SMB1_COMMANDS: Readonly<Record<number, string>> = {
  0x00: 'CREATE_DIRECTORY',
  0x01: 'DELETE_DIRECTORY',
  0x02: 'OPEN',
  0x03: 'CREATE',
  0x04: 'CLOSE',
  0x05: 'FLUSH',
  0x06: 'DELETE',
  0x07: 'RENAME',
  0x08: 'QUERY_INFORMATION',
  0x09: 'SET_INFORMATION',
  0x0a: 'READ',
  0x0b: 'WRITE',
  0x0c: 'LOCK_BYTE_RANGE',
  0x0d: 'UNLOCK_BYTE_RANGE',
  0x0e: 'CREATE_TEMPORARY',
  0x0f: 'CREATE_NEW',
  0x10: 'CHECK_DIRECTORY',
  0x11: 'PROCESS_EXIT',
  0x12: 'SEEK',
  0x13: 'LOCK_AND_READ',
  0x14: 'WRITE_AND_UNLOCK',
  0x1a: 'READ_RAW',
  0x1d: 'WRITE_RAW',
  0x22: 'SET_INFORMATION2',
  0x23: 'QUERY_INFORMATION2',
  0x24: 'LOCKING_ANDX',
  0x25: 'TRANSACTION',
  0x26: 'TRANSACTION_SECONDARY',
  0x27: 'IOCTL',
  0x2b: 'ECHO',
  0x2c: 'WRITE_AND_CLOSE',
  0x2d: 'OPEN_ANDX',
  0x2e: 'READ_ANDX',
  0x2f: 'WRITE_ANDX',
  0x32: 'TRANSACTION2',
  0x33: 'TRANSACTION2_SECONDARY',
  0x34: 'FIND_CLOSE2',
  0x70: 'TREE_CONNECT',
  0x71: 'TREE_DISCONNECT',
  0x72: 'NEGOTIATE',
  0x73: 'SESSION_SETUP_ANDX',
  0x74: 'LOGOFF_ANDX',
  0x75: 'TREE_CONNECT_ANDX',
  0x80: 'QUERY_INFORMATION_DISK',
  0x81: 'SEARCH',
  0xa0: 'NT_TRANSACT',
  0xa1: 'NT_TRANSACT_SECONDARY',
  0xa2: 'NT_CREATE_ANDX',
  0xa4: 'NT_CANCEL',
  0xa5: 'NT_RENAME',
  0xc0: 'OPEN_PRINT_FILE',
  0xc1: 'WRITE_PRINT_FILE',
  0xc2: 'CLOSE_PRINT_FILE',
};

/** Subcommands of TRANSACTION2 (MS-CIFS 2.2.6). */
const TRANSACTIONS2: readonly string[] = [
  'OPEN2',
  'FIND_FIRST2',
  'FIND_NEXT2',
  'QUERY_FS_INFORMATION',
  'SET_FS_INFORMATION',
  'QUERY_PATH_INFORMATION',
  'SET_PATH_INFORMATION',
  'QUERY_FILE_INFORMATION',
  'SET_FILE_INFORMATION',
  'FSCTL',
  'IOCTL2',
  'FIND_NOTIFY_FIRST',
  'FIND_NOTIFY_NEXT',
  'CREATE_DIRECTORY',
  'SESSION_SETUP',
  'unknown-15',
  'GET_DFS_REFERRAL',
  'REPORT_DFS_INCONSISTENCY',
];

/** MS-ERREF 2.3: without the STATUS_ that all of them begin with. */
const STATUSES: Readonly<Record<number, string>> = {
  0: 'SUCCESS',
  0x103: 'PENDING',
  0x10b: 'NOTIFY_CLEANUP',
  0x10c: 'NOTIFY_ENUM_DIR',
  0x80000005: 'BUFFER_OVERFLOW',
  0x80000006: 'NO_MORE_FILES',
  0x8000002d: 'STOPPED_ON_SYMLINK',
  0xc0000001: 'UNSUCCESSFUL',
  0xc0000002: 'NOT_IMPLEMENTED',
  0xc0000003: 'INVALID_INFO_CLASS',
  0xc0000004: 'INFO_LENGTH_MISMATCH',
  0xc0000008: 'INVALID_HANDLE',
  0xc000000d: 'INVALID_PARAMETER',
  0xc000000e: 'NO_SUCH_DEVICE',
  0xc000000f: 'NO_SUCH_FILE',
  0xc0000010: 'INVALID_DEVICE_REQUEST',
  0xc0000011: 'END_OF_FILE',
  0xc0000016: 'MORE_PROCESSING_REQUIRED',
  0xc0000022: 'ACCESS_DENIED',
  0xc0000023: 'BUFFER_TOO_SMALL',
  0xc0000033: 'OBJECT_NAME_INVALID',
  0xc0000034: 'OBJECT_NAME_NOT_FOUND',
  0xc0000035: 'OBJECT_NAME_COLLISION',
  0xc000003a: 'OBJECT_PATH_NOT_FOUND',
  0xc000003b: 'OBJECT_PATH_SYNTAX_BAD',
  0xc0000043: 'SHARING_VIOLATION',
  0xc0000054: 'FILE_LOCK_CONFLICT',
  0xc0000055: 'LOCK_NOT_GRANTED',
  0xc0000056: 'DELETE_PENDING',
  0xc000005e: 'NO_LOGON_SERVERS',
  0xc0000061: 'PRIVILEGE_NOT_HELD',
  0xc000006a: 'WRONG_PASSWORD',
  0xc000006d: 'LOGON_FAILURE',
  0xc000006e: 'ACCOUNT_RESTRICTION',
  0xc000006f: 'INVALID_LOGON_HOURS',
  0xc0000070: 'INVALID_WORKSTATION',
  0xc0000071: 'PASSWORD_EXPIRED',
  0xc0000072: 'ACCOUNT_DISABLED',
  0xc000007e: 'RANGE_NOT_LOCKED',
  0xc000007f: 'DISK_FULL',
  0xc000009a: 'INSUFFICIENT_RESOURCES',
  0xc00000ac: 'PIPE_NOT_AVAILABLE',
  0xc00000ad: 'INVALID_PIPE_STATE',
  0xc00000ae: 'PIPE_BUSY',
  0xc00000b0: 'PIPE_DISCONNECTED',
  0xc00000b5: 'IO_TIMEOUT',
  0xc00000ba: 'FILE_IS_A_DIRECTORY',
  0xc00000bb: 'NOT_SUPPORTED',
  0xc00000c9: 'NETWORK_NAME_DELETED',
  0xc00000ca: 'NETWORK_ACCESS_DENIED',
  0xc00000cb: 'BAD_DEVICE_TYPE',
  0xc00000cc: 'BAD_NETWORK_NAME',
  0xc00000d0: 'REQUEST_NOT_ACCEPTED',
  0xc0000101: 'DIRECTORY_NOT_EMPTY',
  0xc0000103: 'NOT_A_DIRECTORY',
  0xc000011f: 'TOO_MANY_OPENED_FILES',
  0xc0000120: 'CANCELLED',
  0xc0000121: 'CANNOT_DELETE',
  0xc0000123: 'FILE_DELETED',
  0xc0000128: 'FILE_CLOSED',
  0xc000014b: 'PIPE_BROKEN',
  0xc000015b: 'LOGON_TYPE_NOT_GRANTED',
  0xc0000184: 'INVALID_DEVICE_STATE',
  0xc000018d: 'TRUSTED_RELATIONSHIP_FAILURE',
  0xc0000193: 'ACCOUNT_EXPIRED',
  0xc0000203: 'USER_SESSION_DELETED',
  0xc0000224: 'PASSWORD_MUST_CHANGE',
  0xc0000225: 'NOT_FOUND',
  0xc0000234: 'ACCOUNT_LOCKED_OUT',
  0xc0000257: 'PATH_NOT_COVERED',
  0xc000035c: 'NETWORK_SESSION_EXPIRED',
};
/** The status of a logon that goes on; nothing was decided. */
const UNDECIDED: ReadonlySet<string> = new Set(['MORE_PROCESSING_REQUIRED', 'PENDING']);

export const smb2Command = (command: number): string =>
  SMB2_COMMANDS[command] ?? `unknown-${String(command)}`;
export const smb1Command = (command: number): string =>
  SMB1_COMMANDS[command] ?? `unknown-${String(command)}`;
export const transaction2 = (code: number): string => TRANSACTIONS2[code] ?? `unknown-${String(code)}`;
export const statusName = (status: number): string =>
  STATUSES[status] ?? `unknown-0x${status.toString(16).padStart(8, '0')}`;

/** A command with its answer. */
export interface Exchange {
  readonly version: 'SMB1' | 'SMB2';
  readonly command: string;
  readonly subCommand?: string | undefined;
  /** The path of a share, or the name of a file. */
  readonly argument?: string | undefined;
  readonly status: number;
  readonly tree: Tree | undefined;
  /** The open file that it is about. */
  readonly file: OpenFile | undefined;
  readonly first: Position;
  readonly last: Position;
}

/** Writes the row of an exchange that is over. */
export function tellCommand(conn: Conn, exchange: Exchange): void {
  const { version, command, subCommand, argument, tree, file, first, last } = exchange;
  const status = statusName(exchange.status);
  if (UNDECIDED.has(status)) return;
  conn.row(
    SMB_CMD,
    {
      command,
      sub_command: subCommand,
      argument: argument === '' ? undefined : argument,
      status,
      rtt: last.ts > first.ts ? last.ts - first.ts : 0n,
      version,
      tree: tree?.path,
      tree_service: tree?.type,
      referenced_file_fuid: file && fuidOf(file),
      referenced_file_name: file?.name,
      referenced_file_path: file?.tree?.path,
      referenced_file_size: file?.isPipe === false ? file.facts.values['size'] : undefined,
    },
    first,
    last,
  );
}
