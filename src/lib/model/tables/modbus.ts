import { column, optional, recordTable } from './record-table.ts';

/** Zeek's modbus.log. */
export const MODBUS = recordTable('modbus', 'One row a Modbus request or response.', [
  column('tid', 'u16', 'transaction identifier'),
  column('unit', 'u8', 'unit identifier: the device behind a gateway'),
  column('func', 'text', 'the function; _EXCEPTION where it was refused'),
  column('pdu_type', 'enum', 'request or response', { values: ['REQ', 'RESP'] }),
  column('exception', 'text', 'why it was refused', optional),
]);
