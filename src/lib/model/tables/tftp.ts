import { column, json, optional, recordTable } from './record-table.ts';

export const TFTP = recordTable('tftp', 'One row a TFTP transfer.', [
  column('wrq', 'bool', 'a write (upload); else a read'),
  column('fname', 'text', 'name of the file', { ecs: 'file.name', eve: 'tftp.file' }),
  column('mode', 'text', 'netascii, octet or mail', { eve: 'tftp.mode' }),
  column('options', 'text', 'options asked for: {name: value}', json),
  column('uid_data', 'text', 'the connection that carried the data', optional),
  column('size', 'u64', 'bytes of the file that were seen', { unit: 'bytes' }),
  column('block_sent', 'u32', 'last block sent'),
  column('block_acked', 'u32', 'last block acknowledged'),
  column('complete', 'bool', 'its last block was seen'),
  column('error_code', 'u16', 'error that ended it', optional),
  column('error_msg', 'text', "the error's text", optional),
  column('fuid', 'text', 'the file, in files', optional),
]);
