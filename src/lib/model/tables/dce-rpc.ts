import { column, optional, recordTable } from './record-table.ts';

/** Zeek's dce_rpc.log. */
export const DCE_RPC = recordTable('dce_rpc', 'One row a remote procedure call with its answer.', [
  column('rtt', 'span', 'from the call to its answer', { ...optional, unit: 'ns' }),
  column('named_pipe', 'text', "the server's address: a pipe, or a port as text", optional),
  column('endpoint', 'text', 'the interface by its common name', optional),
  column('operation', 'text', 'the procedure', optional),
  column('interface_uuid', 'text', 'UUID of the interface', optional),
  column('opnum', 'u32', 'number of the procedure', optional),
  column('fault', 'u32', 'status of a call that failed', optional),
]);
