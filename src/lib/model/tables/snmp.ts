import { column, optional, recordTable } from './record-table.ts';

/** Zeek's snmp.log; communities other than the well-known defaults are hidden (see credentials). */
export const SNMP = recordTable('snmp', 'One row a connection with SNMP.', [
  column('duration', 'span', 'from its first message to its last', { unit: 'ns' }),
  column('version', 'text', '1, 2c or 3', { eve: 'snmp.version' }),
  column('community', 'text', 'community of the first message: public, private or <hidden>', {
    ...optional,
    eve: 'snmp.community',
  }),
  column('get_requests', 'u32', 'variables asked for by GetRequest and GetNextRequest'),
  column('get_bulk_requests', 'u32', 'variables asked for by GetBulkRequest'),
  column('get_responses', 'u32', 'variables in responses'),
  column('set_requests', 'u32', 'variables in SetRequest'),
  column('display_string', 'text', 'sysDescr of the responder', optional),
  column('up_since', 'time', 'since when the responder is up, as it says', optional),
  column('traps', 'u32', 'traps and informs'),
  column('user', 'text', 'version 3: the user', { ...optional, ecs: 'user.name', eve: 'snmp.usm' }),
  column('engine_id', 'text', "version 3: the authoritative engine's identifier, in hex", optional),
  column('security', 'text', 'version 3: noAuthNoPriv, authNoPriv or authPriv', optional),
]);
