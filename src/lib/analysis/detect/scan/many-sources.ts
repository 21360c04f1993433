/** One host that several sources probe: the ports shared out among them, or the same ports from all, of which most are invented. */

import { list, num, text, type Detector, type Finding, type QueryRow, type Why } from '../contract.ts';
import { seenIn } from '../contract/evidence.ts';
import { finding, plural } from '../contract/finding.ts';
import type { ScanParams } from './params.ts';

/** Share of the ports that the average source tries: decoys repeat every probe (nmap -D), scanners that share do not. */
const SAME = 0.8;

export const manySources = (
  rule: Pick<Detector<unknown>, 'id' | 'rev' | 'name'>,
  row: QueryRow,
  params: ScanParams,
): Finding => {
  const [sources, ports, probed, n] = [
    num(row['sources']),
    num(row['ports']),
    num(row['probed']),
    num(row['n']),
  ];
  const [dst, technique] = [text(row['dst']), text(row['technique'])];
  const share = probed / sources / ports;
  const kind = share >= SAME ? 'decoy' : 'distributed';
  const missed = n - num(row['answered']);
  const why: Why[] = [
    {
      term: 'ports on the host',
      value: `${ports}, threshold ${params.shared_ports}`,
      weight: 35,
      parameter: 'shared_ports',
      measured: ports,
    },
    {
      term: 'sources',
      value: `${sources}, threshold ${params.sources}`,
      weight: Math.min(15, 5 + sources - params.sources),
      parameter: 'sources',
      measured: sources,
    },
    {
      term: 'attempts without success',
      value: `${missed} of ${n}`,
      weight: Math.round((10 * missed) / Math.max(1, n)),
    },
    {
      term: 'kind',
      value:
        kind === 'decoy'
          ? `decoys: each source tried ${Math.round(100 * share)} % of the ports; all but one may be invented`
          : `distributed: each source tried ${Math.round(100 * share)} % of the ports`,
      weight: 5,
    },
  ];
  return finding(rule, {
    key: `${kind}/${technique}/${dst}`,
    title: `${plural(sources, 'source')} tried ${plural(ports, 'port')} of ${dst} together (${technique}, ${kind})`,
    sub: technique,
    technique: 'T1046',
    src: list(row['src_list']).map(text),
    dst: [dst],
    ports: list(row['port_list']).map(num),
    ofPorts: ports,
    proto: 'tcp',
    why,
    seen: seenIn(row),
    table: 'conn',
  });
};
