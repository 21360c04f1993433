import { column, optional, recordTable } from './record-table.ts';

const time = (name: string, doc: string) => column(name, 'time', doc, optional);
const span = (name: string, doc: string) => column(name, 'span', doc, { ...optional, unit: 'ns' });

/** Zeek's ntp.log; times are the clocks' own, 1970 where none is set. */
export const NTP = recordTable('ntp', 'One row an NTP message of the modes 1 to 5.', [
  column('version', 'u8', 'version of NTP', { eve: 'ntp.version' }),
  column('mode', 'u8', '1 symmetric active, 2 symmetric passive, 3 client, 4 server, 5 broadcast', {
    eve: 'ntp.mode',
  }),
  column('stratum', 'u8', 'distance from a reference clock', { eve: 'ntp.stratum' }),
  span('poll', 'longest interval between messages'),
  span('precision', 'precision of the clock'),
  span('root_delay', 'round trip to the reference clock'),
  span('root_disp', 'dispersion to the reference clock'),
  column('ref_id', 'text', 'the reference: kiss code, source of stratum 1, or address', optional),
  time('ref_time', 'when the clock was set last'),
  time('org_time', "client's time when its request left"),
  time('rec_time', "server's time when the request arrived"),
  time('xmt_time', "sender's time when this message left"),
  column('num_exts', 'u16', 'number of extension fields', optional),
]);
