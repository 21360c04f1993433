import { column, json, optional, recordTable } from './record-table.ts';

/** Zeek's files.log. Hashes are lower-case hex; absent where switched off or where bytes are missing. */
export const FILES = recordTable('files', 'One row a file that was carried inside a connection.', [
  column('fuid', 'text', "the file's id"),
  column('source', 'text', 'protocol that carried it: HTTP, FTP_DATA, SMTP, SMB …'),
  column('is_orig', 'bool', 'sent by the originator'),
  column('filename', 'text', 'the name that the protocol gives', { ...optional, ecs: 'file.name' }),
  column('mime_type', 'text', 'type by content', { ...optional, ecs: 'file.mime_type' }),
  column('declared_type', 'text', 'type that the protocol announced', optional),
  column('duration', 'span', 'from its first byte to its last', { ...optional, unit: 'ns' }),
  column('seen_bytes', 'u64', 'bytes seen', { unit: 'bytes', ecs: 'file.size' }),
  column('total_bytes', 'u64', 'bytes announced', { ...optional, unit: 'bytes' }),
  column('missing_bytes', 'u64', 'bytes missing in gaps', { unit: 'bytes' }),
  column('overflow_bytes', 'u64', 'bytes beyond the caps', { unit: 'bytes' }),
  column('state', 'enum', 'how much of it is there', { values: ['complete', 'gaps', 'truncated'] }),
  column('md5', 'text', 'MD5', { ...optional, ecs: 'file.hash.md5' }),
  column('sha1', 'text', 'SHA-1', { ...optional, ecs: 'file.hash.sha1' }),
  column('sha256', 'text', 'SHA-256', { ...optional, ecs: 'file.hash.sha256' }),
  column('parent_fuid', 'text', 'the file that holds this one', optional),
  column('extents', 'text', 'where it lies: [{stream_offset, length}] by direction', {
    ...json,
    internal: true,
  }),
]);
