/** A report that people read: Markdown (CommonMark with tables). */

import { type FindingFormat, type Incident, iso, type Report } from './contract.ts';

/** What came from a capture stands as text: nothing of it may become markup. */
const plain = (text: string): string =>
  text.replace(/[\\`*_{}[\]<>()#+!|~&$-]/g, '\\$&').replace(/[\r\n]+/g, ' ');

function ends({ names, countries }: Incident, addresses: readonly string[], of: number): string {
  const shown = addresses.slice(0, 20).map((address) => {
    const more = [names.get(address)?.[0], countries.get(address)].filter((text) => text !== undefined);
    return `${plain(address)}${more.length > 0 ? ` (${more.map(plain).join(', ')})` : ''}`;
  });
  return `${shown.join(', ') || '–'}${of > shown.length ? ` and ${of - shown.length} more` : ''}`;
}

function* section(incident: Incident, number: number): Iterable<string> {
  const { finding, fileHashes } = incident;
  yield `\n## ${number}. ${plain(finding.title)}\n\n`;
  yield `**${finding.word}** (${finding.severity}) · ${plain(finding.rule.name)} \`${finding.rule.id.replaceAll('`', '')}\`${finding.technique === null ? '' : ` · ATT&CK ${plain(finding.technique)}`}\n\n`;
  yield `- When: ${iso(finding.first)} to ${iso(finding.last)}\n`;
  yield `- Who acted: ${ends(incident, finding.src, finding.src.length)}\n`;
  yield `- On whom: ${ends(incident, finding.dst, finding.of_dst)}\n`;
  if (finding.ports.length > 0)
    yield `- Ports: ${finding.ports.slice(0, 30).join(', ')}${finding.of_ports > 30 ? ` and ${finding.of_ports - 30} more` : ''}\n`;
  if (finding.triage)
    yield `- Triage: ${finding.triage.state}${finding.triage.note === null ? '' : `: ${plain(finding.triage.note)}`} (${plain(finding.triage.owner_id)}, ${finding.triage.at})\n`;
  for (const hash of fileHashes) yield `- File carried: SHA-256 \`${hash}\`\n`;
  if (finding.why.length > 0) {
    yield '\n| why | value | weight |\n|---|---|---|\n';
    for (const { term, value, weight } of finding.why)
      yield `| ${plain(term)} | ${plain(String(value))} | ${weight ?? '–'} |\n`;
  }
  yield `\nEvidence: input ${plain(finding.input)}, connections ${
    finding.uids
      .slice(0, 20)
      .map((uid) => `\`${uid}\``)
      .join(' ') || '–'
  }${finding.of_uids > 20 ? ` and ${finding.of_uids - 20} more` : ''}; frames ${
    finding.frames
      .slice(0, 40)
      .map(({ file, n }) => `${file}:${n}`)
      .join(' ') || '–'
  }.\n`;
}

export function* markdownOf({ caseName, engine, run, incidents }: Report): Iterable<string> {
  yield `# ${plain(caseName)}: findings\n\n`;
  yield `${incidents.length} findings${run === undefined ? ' of the ingests' : ` of the run ${plain(run)}`}, the gravest first, by ${plain(engine)}. All times are UTC.\n`;
  for (const [at, incident] of incidents.entries()) yield* section(incident, at + 1);
}

export const markdown: FindingFormat = {
  id: 'markdown',
  file: 'report.md',
  media: 'text/markdown; charset=utf-8',
  write: markdownOf,
};
