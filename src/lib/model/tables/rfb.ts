import { column, optional, recordTable } from './record-table.ts';

/** Zeek's rfb.log. */
export const RFB = recordTable('rfb', 'One row a session of VNC.', [
  column('client_major_version', 'text', 'version of the client', optional),
  column('client_minor_version', 'text', 'version of the client', optional),
  column('server_major_version', 'text', 'version of the server', optional),
  column('server_minor_version', 'text', 'version of the server', optional),
  column('authentication_method', 'text', 'how the client proved itself', optional),
  column('auth', 'bool', 'the server accepted it', optional),
  column('share_flag', 'bool', 'others may stay connected', optional),
  column('desktop_name', 'text', 'name of the desktop', optional),
  column('width', 'u32', 'pixels', optional),
  column('height', 'u32', 'pixels', optional),
]);
