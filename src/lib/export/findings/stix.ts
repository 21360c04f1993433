/** A STIX 2.1 bundle: an observed-data object and a note a finding, addresses as cyber-observables (OASIS STIX 2.1). */

import { createHash } from 'node:crypto';
import { type FindingFormat, type Incident, iso } from './contract.ts';

/** The same object in every export: ids are UUIDs of version 5's form, made of the content. */
function id(type: string, content: string): string {
  const hex = createHash('sha1').update(`coldwire ${type} ${content}`).digest('hex');
  const variant = ((parseInt(hex.slice(16, 18), 16) & 0x3f) | 0x80).toString(16);
  return `${type}--${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-${variant}${hex.slice(18, 20)}-${hex.slice(20, 32)}`;
}

const addressObject = (address: string) => {
  const type = address.includes(':') ? 'ipv6-addr' : 'ipv4-addr';
  return { type, spec_version: '2.1', id: id(type, address), value: address };
};

function objectsOf({ finding }: Incident): { id: string }[] {
  const ends = [...new Set([...finding.src, ...finding.dst])].map(addressObject);
  if (ends.length === 0) return [];
  const observed = {
    type: 'observed-data',
    spec_version: '2.1',
    id: id('observed-data', `${finding.input} ${finding.key}`),
    created: iso(finding.last),
    modified: iso(finding.last),
    first_observed: iso(finding.first),
    last_observed: iso(finding.last),
    number_observed: Math.max(1, Math.min(999_999_999, finding.of_uids)),
    object_refs: ends.map((end) => end.id),
  };
  const note = {
    type: 'note',
    spec_version: '2.1',
    id: id('note', `${finding.input} ${finding.key}`),
    created: iso(finding.last),
    modified: iso(finding.last),
    abstract: finding.title,
    content: [
      `Rule ${finding.rule.id} (${finding.rule.name}), severity ${finding.severity} (${finding.word}).`,
      ...finding.why.map(({ term, value }) => `${term}: ${value}`),
    ].join('\n'),
    object_refs: [observed.id],
    ...(finding.technique === null
      ? {}
      : { external_references: [{ source_name: 'mitre-attack', external_id: finding.technique }] }),
  };
  return [...ends, observed, note];
}

export const stix: FindingFormat = {
  id: 'stix',
  file: 'findings.stix.json',
  media: 'application/stix+json;version=2.1',
  *write({ incidents, caseName }) {
    const objects = new Map(incidents.flatMap(objectsOf).map((object) => [object.id, object]));
    yield `${JSON.stringify({ type: 'bundle', id: id('bundle', `${caseName} ${[...objects.keys()].join(' ')}`), objects: [...objects.values()] }, null, 1)}\n`;
  },
};
