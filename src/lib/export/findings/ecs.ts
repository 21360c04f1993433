/** Elastic Common Schema, an event a line (ECS 8: event, rule, threat, source, destination, network, related). */

import { type FindingFormat, iso } from './contract.ts';

export const ecs: FindingFormat = {
  id: 'ecs',
  file: 'findings.ecs.ndjson',
  media: 'application/x-ndjson',
  *write({ incidents, caseName, engine }) {
    for (const { finding, fileHashes, names } of incidents) {
      const all = [...new Set([...finding.src, ...finding.dst])];
      yield `${JSON.stringify({
        '@timestamp': iso(finding.first),
        ecs: { version: '8.11.0' },
        event: {
          kind: 'alert',
          category: ['network', 'intrusion_detection'],
          type: ['indicator'],
          provider: 'coldwire',
          module: 'coldwire',
          dataset: `coldwire.${finding.source}`,
          id: finding.key,
          severity: finding.severity,
          start: iso(finding.first),
          end: iso(finding.last),
          reason: finding.title,
          ...(finding.score === null ? {} : { risk_score: finding.score }),
        },
        message: finding.title,
        rule: {
          id: finding.rule.id,
          name: finding.rule.name,
          ...(finding.rule.rev === null ? {} : { version: String(finding.rule.rev) }),
        },
        ...(finding.technique === null
          ? {}
          : { threat: { framework: 'MITRE ATT&CK', technique: { id: [finding.technique] } } }),
        ...(finding.src[0] === undefined ? {} : { source: { ip: finding.src[0], address: finding.src[0] } }),
        ...(finding.dst[0] === undefined
          ? {}
          : {
              destination: {
                ip: finding.dst[0],
                address: finding.dst[0],
                ...(finding.ports[0] === undefined ? {} : { port: finding.ports[0] }),
              },
            }),
        ...(finding.proto === null ? {} : { network: { transport: finding.proto } }),
        related: {
          ip: all,
          hosts: all.flatMap((address) => names.get(address) ?? []),
          hash: fileHashes,
        },
        labels: { case: caseName, engine, triage: finding.triage?.state ?? 'new' },
        coldwire: { uids: finding.uids, why: finding.why, frames: finding.frames, input: finding.input },
      })}\n`;
    }
  },
};
