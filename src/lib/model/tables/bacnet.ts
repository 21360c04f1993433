import { column, optional, recordTable } from './record-table.ts';

/** BACnet/IP. */
export const BACNET = recordTable('bacnet', 'One row a BACnet/IP message.', [
  column('bvlc_function', 'text', 'function of the virtual link: original-unicast-npdu, forwarded-npdu …'),
  column(
    'pdu_type',
    'text',
    'confirmed-request, unconfirmed-request, simple-ack, complex-ack, error …',
    optional,
  ),
  column('service', 'text', 'who-is, i-am, read-property, write-property …', optional),
  column('invoke_id', 'u8', 'pairs answers with requests', optional),
]);
