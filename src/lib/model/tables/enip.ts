import { column, optional, recordTable } from './record-table.ts';

/** EtherNet/IP encapsulation with the CIP service inside. */
export const ENIP = recordTable('enip', 'One row an EtherNet/IP message.', [
  column('command', 'text', 'list_identity, register_session, send_rr_data, send_unit_data …'),
  column('is_orig', 'bool', 'sent by the originator'),
  column('session', 'u32', 'session handle'),
  column('status', 'u32', 'status of the encapsulation; 0 is success'),
  column('cip_service', 'text', 'the CIP service, where the message carries one', optional),
  column('cip_status', 'u8', 'general status of a CIP response', optional),
  column('product_name', 'text', 'the device, in answers to list_identity', optional),
]);
