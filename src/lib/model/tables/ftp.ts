import { column, optional, recordTable } from './record-table.ts';

/** Zeek's ftp.log. Passwords are left out. */
export const FTP = recordTable(
  'ftp',
  'One row a command of FTP that names or moves a file, opens a data connection or ends the session, with its reply.',
  [
    column('user', 'text', 'the account of the session, <unknown> where its login was not seen', {
      ...optional,
      ecs: 'user.name',
    }),
    column('command', 'text', 'the command', { ...optional, eve: 'ftp.command' }),
    column('arg', 'text', 'its argument; a URL where it names a file', {
      ...optional,
      eve: 'ftp.command_data',
    }),
    column('mime_type', 'text', 'type of the file by content', { ...optional, ecs: 'file.mime_type' }),
    column('file_size', 'u64', 'size of the file as the server says it', {
      ...optional,
      unit: 'bytes',
      ecs: 'file.size',
    }),
    column('reply_code', 'u16', 'code of the last reply', { ...optional, eve: 'ftp.completion_code' }),
    column('reply_msg', 'text', 'text of the last reply', { ...optional, eve: 'ftp.reply' }),
    column('data_channel_passive', 'bool', 'the client opens the data connection', optional),
    column('data_channel_orig_h', 'addr', 'who opens the data connection', optional),
    column('data_channel_resp_h', 'addr', 'who waits for the data connection', optional),
    column('data_channel_resp_p', 'u16', 'port that waits for the data connection', {
      ...optional,
      eve: 'ftp.dynamic_port',
    }),
  ],
);
