import { column, recordTable } from './record-table.ts';

/** Zeek's syslog.log. */
export const SYSLOG = recordTable('syslog', 'One row a syslog message.', [
  column('proto', 'text', 'udp or tcp', { ecs: 'network.transport', eve: 'proto' }),
  column('facility', 'text', 'facility; UNSPECIFIED where the message has no priority', {
    ecs: 'log.syslog.facility.name',
  }),
  column('severity', 'text', 'severity; UNSPECIFIED where the message has no priority', {
    ecs: 'log.syslog.severity.name',
  }),
  column('message', 'text', 'what follows the priority', { ecs: 'message' }),
]);
