import { column, optional, recordTable } from './record-table.ts';

/** Siemens S7 over TPKT and COTP. */
export const S7COMM = recordTable('s7comm', 'One row an S7 message: what was asked for, and errors.', [
  column('rosctr', 'text', 'job, ack, ack_data, user_data'),
  column('pdu_reference', 'u16', 'pairs answers with jobs'),
  column('function', 'text', 'read_var, write_var, download, plc_stop …', optional),
  column('items', 'u8', 'variables read or written', optional),
  column('error_class', 'u8', 'class of the error; 0 is none', optional),
  column('error_code', 'u8', 'code of the error', optional),
]);
