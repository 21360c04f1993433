import { column, optional, recordTable } from './record-table.ts';

/** Zeek's rdp.log. */
export const RDP = recordTable('rdp', 'One row a session of Remote Desktop.', [
  column('cookie', 'text', "the user's name that a client puts before everything else", optional),
  column('result', 'text', 'how the negotiation ended; encrypted where TLS took over', optional),
  column('security_protocol', 'text', 'RDP, SSL, HYBRID, HYBRID_EX', optional),
  column('client_channels', 'text[]', 'channels that the client asked for', optional),
  column('keyboard_layout', 'text', "the client's keyboard", optional),
  column('client_build', 'text', 'RDP version of the client', optional),
  column('client_name', 'text', "the client's name", { ...optional, ecs: 'source.domain' }),
  column('client_dig_product_id', 'text', 'product id of the client', optional),
  column('desktop_width', 'u32', 'pixels', optional),
  column('desktop_height', 'u32', 'pixels', optional),
  column('requested_color_depth', 'text', 'depth of colour asked for', optional),
  column('cert_type', 'text', 'kind of certificate under RDP security', optional),
  column('cert_count', 'u32', 'certificates under RDP security'),
  column('cert_permanent', 'bool', 'the certificate is permanent', optional),
  column('encryption_level', 'text', 'level of RDP security', optional),
  column('encryption_method', 'text', 'cipher of RDP security', optional),
]);
