/** EVE JSON, an `alert` event a finding (Suricata's output format, docs.suricata.io "EVE JSON Format"). */

import type { Finding } from '../../model/api/findings.ts';
import { type FindingFormat, iso } from './contract.ts';

/** Suricata's priorities: 1 is its highest. */
function priority({ severity }: Finding): number {
  if (severity >= 70) return 1;
  if (severity >= 40) return 2;
  return severity >= 20 ? 3 : 4;
}

export const eve: FindingFormat = {
  id: 'eve',
  file: 'eve.json',
  media: 'application/x-ndjson',
  *write({ incidents }) {
    for (const { finding } of incidents) {
      const sid = Number(finding.rule.id);
      yield `${JSON.stringify({
        timestamp: iso(finding.first).replace('Z', '+0000'),
        event_type: 'alert',
        src_ip: finding.src[0],
        dest_ip: finding.dst[0],
        ...(finding.ports[0] === undefined ? {} : { dest_port: finding.ports[0] }),
        ...(finding.proto === null ? {} : { proto: finding.proto.toUpperCase() }),
        ...(finding.frames[0] ? { pcap_cnt: finding.frames[0].n } : {}),
        alert: {
          action: 'allowed',
          gid: 1,
          ...(Number.isSafeInteger(sid) ? { signature_id: sid } : {}),
          rev: finding.rule.rev ?? 1,
          signature: finding.title,
          category: finding.sub ?? finding.rule.name,
          severity: priority(finding),
          metadata: {
            coldwire_rule: [finding.rule.id],
            coldwire_severity: [String(finding.severity)],
            ...(finding.technique === null ? {} : { mitre_technique_id: [finding.technique] }),
          },
        },
        community: { uids: finding.uids, key: finding.key },
      })}\n`;
    }
  },
};
