import type { ColumnFacts } from '../table/cell.ts';

const column = (name: string, kind: ColumnFacts['kind'], doc: string): ColumnFacts => ({
  name,
  kind,
  doc,
  unit: null,
  values: null,
  ecs: null,
  eve: null,
  summed: false,
  shown: true,
});

/** The packet list's own columns. */
export const PACKET_COLUMNS: readonly ColumnFacts[] = [
  column('n', 'u32', 'number in its file, from 1'),
  column('ts', 'time', 'time of the packet'),
  column('src', 'addr', 'source address'),
  column('sport', 'u16', 'source port'),
  column('dst', 'addr', 'destination address'),
  column('dport', 'u16', 'destination port'),
  column('proto', 'enum', 'highest protocol that was recognised'),
  column('len', 'u32', 'bytes on the wire'),
  column('tcp_flags', 'enum', 'TCP flags'),
  column('info', 'text', 'what it is, in one line'),
  column('payload', 'text', 'first bytes of the payload; a dot stands for what is not printable'),
];
