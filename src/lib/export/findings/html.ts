/** The same report as one HTML file that needs nothing else and runs nothing. */

import { type FindingFormat, type Incident, iso } from './contract.ts';

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
const text = (value: string): string => value.replace(/[&<>"']/g, (found) => ESCAPES[found] ?? found);

const STYLE = `body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1b1f24;background:#fff}
table{border-collapse:collapse}td,th{border:1px solid #c8ccd2;padding:.2rem .6rem;text-align:left}code{overflow-wrap:anywhere}
.sev{display:inline-block;border:1px solid currentColor;border-radius:3px;padding:0 .4rem}
@media (prefers-color-scheme:dark){body{color:#e6e8eb;background:#14171a}td,th{border-color:#40464d}}`;

const list = (values: readonly string[], of: number): string =>
  `${values.slice(0, 20).map(text).join(', ') || '–'}${of > 20 ? ` and ${of - 20} more` : ''}`;

function* section({ finding, names, fileHashes }: Incident, number: number): Iterable<string> {
  const named = (address: string): string => {
    const name = names.get(address)?.[0];
    return name === undefined ? address : `${address} (${name})`;
  };
  yield `<section><h2>${number}. ${text(finding.title)}</h2>\n<p><span class="sev">${finding.word} ${finding.severity}</span> ${text(finding.rule.name)} <code>${text(finding.rule.id)}</code>${finding.technique === null ? '' : ` ATT&amp;CK ${text(finding.technique)}`}</p>\n<dl>`;
  yield `<dt>When</dt><dd>${iso(finding.first)} to ${iso(finding.last)}</dd>`;
  yield `<dt>Who acted</dt><dd>${list(finding.src.map(named), finding.src.length)}</dd>`;
  yield `<dt>On whom</dt><dd>${list(finding.dst.map(named), finding.of_dst)}</dd>`;
  yield `<dt>Ports</dt><dd>${list(finding.ports.map(String), finding.of_ports)}</dd>`;
  if (finding.triage)
    yield `<dt>Triage</dt><dd>${finding.triage.state}${finding.triage.note === null ? '' : `: ${text(finding.triage.note)}`}</dd>`;
  if (fileHashes.length > 0)
    yield `<dt>Files (SHA-256)</dt><dd><code>${fileHashes.map(text).join(' ')}</code></dd>`;
  yield '</dl>\n';
  if (finding.why.length > 0) {
    yield '<table><thead><tr><th>why</th><th>value</th><th>weight</th></tr></thead><tbody>';
    for (const { term, value, weight } of finding.why)
      yield `<tr><th scope="row">${text(term)}</th><td>${text(String(value))}</td><td>${weight ?? '–'}</td></tr>`;
    yield '</tbody></table>\n';
  }
  yield `<p>Evidence: <code>${finding.uids.slice(0, 20).map(text).join(' ')}</code> frames <code>${finding.frames
    .slice(0, 40)
    .map(({ file, n }) => `${file}:${n}`)
    .join(' ')}</code></p></section>\n`;
}

export const html: FindingFormat = {
  id: 'html',
  file: 'report.html',
  media: 'text/html; charset=utf-8',
  *write({ caseName, engine, run, incidents }) {
    yield `<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'"><title>${text(caseName)}: findings</title><style>${STYLE}</style></head><body>\n<h1>${text(caseName)}: findings</h1>\n`;
    yield `<p>${incidents.length} findings${run === undefined ? ' of the ingests' : ` of the run ${text(run)}`}, the gravest first, by ${text(engine)}. All times are UTC.</p>\n`;
    for (const [at, incident] of incidents.entries()) yield* section(incident, at + 1);
    yield '</body></html>\n';
  },
};
