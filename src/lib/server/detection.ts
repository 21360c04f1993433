/** What runs when an input has been sealed: behaviour detectors over its tables, and its alerts as findings of their rules. */

import { type Finding as Detected, type Home, LISTED } from '../analysis/detect/contract.ts';
import { type DetectorRun, type DetectorRunOptions, runDetectors } from '../analysis/detect/run.ts';
import { baselineInputs, type DetectorSettings } from '../analysis/detect/run/settings.ts';
import type { Query } from '../analysis/query.ts';
import { listedRecords } from '../analysis/rules/ioc/listed.ts';
import { askRecordRules, type RecordHit, type RecordRules } from '../analysis/rules/record-rules.ts';
import type { Finding } from '../model/api/findings.ts';
import { severityWord } from '../model/severity.ts';
import { openCaseReader } from '../store/case-reader.ts';
import type { FindingRow } from '../store/case-rows.ts';
import type { CaseRegistry } from './case-registry.ts';
import type { DetectionGroup } from './detection-passes.ts';
import { DetectorChoice } from './detector-choice.ts';
import { HomeNetworkChoice } from './home-networks.ts';
import { addressOf } from './host-facts.ts';
import { faultPoint } from './jobs/fault-point.ts';
import {
  big,
  type CaseReader,
  listOf,
  num,
  numbersOf,
  numOrNull,
  secondsOf,
  text,
  textOrNull,
} from './reading.ts';

/** A finding with its exact times, which the interface gives in seconds. */
interface Kept {
  readonly finding: Finding;
  readonly first: bigint;
  readonly last: bigint;
}

function fromDetector(found: Detected): Kept {
  const { rule, severity, evidence } = found;
  return {
    first: found.first,
    last: found.last,
    finding: {
      key: found.key,
      source: 'detector',
      rule: { id: rule.id, rev: rule.rev, name: rule.name },
      severity,
      word: severityWord(severity),
      title: found.title,
      sub: found.sub || null,
      technique: found.technique || null,
      score: severity,
      why: found.why.map(({ term, value, weight }) => ({ term, value, weight })),
      src: [...found.src],
      dst: [...found.dst],
      of_dst: found.ofDst,
      ports: [...found.ports],
      of_ports: found.ofPorts,
      proto: found.proto || null,
      first: secondsOf(found.first),
      last: secondsOf(found.last),
      input: found.input,
      uids: [...new Set(evidence.flatMap(({ uids }) => uids))].slice(0, LISTED),
      of_uids: evidence.reduce((sum, { of }) => sum + of, 0),
      frames: evidence.flatMap(({ frames }) => frames.map(({ file, n }) => ({ file, n }))).slice(0, LISTED),
    },
  };
}

/** One finding for a rule and a pair of ends, however often it matched. */
const ALERTS = `SELECT input, rule_id, any_value(rule_rev) AS rev, any_value(msg) AS msg, any_value(classtype) AS classtype, max(severity) AS severity, src_hi, src_lo, dst_hi, dst_lo,
    any_value(proto)::VARCHAR AS proto, min(ts) AS first, max(ts) AS last, count(*) AS n, count(DISTINCT uid) AS conns, list(DISTINCT uid ORDER BY uid)[:${LISTED}] AS uids,
    list(DISTINCT dst_p ORDER BY dst_p)[:${LISTED}] AS ports, count(DISTINCT dst_p) AS of_ports,
    list(capture_file ORDER BY ts, capture_frame)[:${LISTED}] AS files, list(capture_frame ORDER BY ts, capture_frame)[:${LISTED}] AS frames
  FROM r.alert GROUP BY input, rule_id, src_hi, src_lo, dst_hi, dst_lo ORDER BY severity DESC, first, rule_id, src_hi, src_lo, dst_hi, dst_lo`;

async function fromAlerts(reader: CaseReader): Promise<Kept[]> {
  const rows = await reader.rows(ALERTS);
  return rows.map((row) => {
    const [src, dst] = [addressOf(row, 'src'), addressOf(row, 'dst')];
    const severity = num(row['severity']);
    const numbers = numbersOf(row['frames']);
    const first = big(row['first']);
    const last = big(row['last']);
    return {
      first,
      last,
      finding: {
        key: `signature ${text(row['rule_id'])} ${src} ${dst}`,
        source: 'signature',
        rule: { id: text(row['rule_id']), rev: numOrNull(row['rev']), name: text(row['msg']) },
        severity,
        word: severityWord(severity),
        title: text(row['msg']),
        sub: textOrNull(row['classtype']),
        technique: null,
        score: null,
        why: [{ term: 'matches', value: num(row['n']), weight: null }],
        src: [src],
        dst: [dst],
        of_dst: 1,
        ports: numbersOf(row['ports']),
        of_ports: num(row['of_ports']),
        proto: textOrNull(row['proto']),
        first: secondsOf(first),
        last: secondsOf(last),
        input: text(row['input']),
        uids: listOf(row['uids']),
        of_uids: num(row['conns']),
        frames: numbersOf(row['files']).map((file, at) => ({ file, n: numbers[at] ?? 0 })),
      },
    };
  });
}

/** One finding for a rule and a pair of ends, however many records it is about; as of alerts. */
function fromRecordHits(hits: readonly RecordHit[]): Kept[] {
  const groups = new Map<string, RecordHit[]>();
  for (const hit of hits) {
    const key = JSON.stringify([hit.input, hit.ruleId, hit.orig, hit.resp]);
    const group = groups.get(key);
    if (group) group.push(hit);
    else groups.set(key, [hit]);
  }
  return [...groups.values()].flatMap((group) => {
    const [one] = group;
    if (!one) return [];
    const times = group.map(({ ts }) => ts);
    const first = times.reduce((a, b) => (a < b ? a : b));
    const last = times.reduce((a, b) => (a > b ? a : b));
    const uids = [...new Set(group.flatMap(({ uid }) => uid ?? []))];
    const ports = [...new Set(group.map(({ respPort }) => respPort))].sort((a, b) => a - b);
    const finding: Finding = {
      key: `signature ${one.ruleId} ${one.orig} ${one.resp}`,
      source: 'signature',
      rule: { id: one.ruleId, rev: null, name: one.msg },
      severity: one.severity,
      word: severityWord(one.severity),
      title: one.msg,
      sub: one.classtype ?? null,
      technique: null,
      score: null,
      why: [{ term: `records of ${one.table}`, value: group.length, weight: null }],
      src: [one.orig],
      dst: [one.resp],
      of_dst: 1,
      ports: ports.slice(0, LISTED),
      of_ports: ports.length,
      proto: one.proto ?? null,
      first: secondsOf(first),
      last: secondsOf(last),
      input: one.input,
      uids: uids.slice(0, LISTED),
      of_uids: uids.length,
      frames: group
        .slice(0, LISTED)
        .map(({ captureFile, captureFrame }) => ({ file: captureFile, n: captureFrame })),
    };
    return [{ finding, first, last }];
  });
}

/** What one input's findings are made from, and what was left out on the way. */
export interface Detection {
  readonly findings: readonly Finding[];
  readonly rows: readonly FindingRow[];
  readonly ran: DetectorRun['ran'];
  readonly refused: DetectorRun['refused'];
}

/**
 * Runs detectors over the records of one input, and makes findings of alerts: of the input's own, or of those that a replay wrote
 * to a file of its own. The gravest first, then by time and key: the same records give the same list.
 */
export async function detect(
  records: CaseReader,
  alerts: CaseReader,
  options: DetectorRunOptions,
  rules: readonly RecordRules[] = [],
): Promise<Detection> {
  const limits = { maxRows: Number.MAX_SAFE_INTEGER, ...(options.signal ? { signal: options.signal } : {}) };
  const query: Query = (sql, params) => records.rows(sql, params, limits);
  const { hits, failed } = await askRecordRules(rules, query, options.signal);
  const { findings, ran, refused } = await runDetectors(query, { ...options, listed: listedRecords(hits) });
  const { from, to } = options.window ?? {};
  const reported = ({ first, last, finding }: Kept): boolean =>
    (from === undefined || last >= from) &&
    (to === undefined || first <= to) &&
    (options.inputs?.includes(finding.input) ?? true);
  const kept = [
    ...findings.map(fromDetector),
    ...[...(await fromAlerts(alerts)), ...fromRecordHits(hits)].filter(reported),
  ].sort(byGravity);
  return {
    findings: kept.map(({ finding }) => finding),
    rows: kept.map(rowOf),
    ran,
    refused: [...refused, ...failed],
  };
}

const byGravity = (a: Kept, b: Kept): number =>
  b.finding.severity - a.finding.severity ||
  Number(a.first - b.first) ||
  a.finding.key.localeCompare(b.finding.key);

const rowOf = ({ finding, first, last }: Kept): FindingRow => ({
  input: finding.input,
  key: finding.key,
  source: finding.source,
  rule_id: finding.rule.id,
  severity: finding.severity,
  title: finding.title,
  first: first.toString(),
  last: last.toString(),
  doc: finding,
});

/** What the case counts as inside: the analyst's word, else what this input showed. */
export async function homeOf(registry: CaseRegistry, caseId: string, inputId: string): Promise<Home> {
  const { networks, source } = await new HomeNetworkChoice(registry).get(caseId);
  if (source === 'override') return { networks, source };
  const input = registry.manifest(caseId).inputs.find(({ id }) => id === inputId);
  return { networks: input?.counts?.home_networks ?? networks, source };
}

/**
 * Finds what there is to find in sealed inputs of one home and keeps it with the case, in place of what was found in them before,
 * with the word that they were looked at: both or neither.
 * Answers how many findings, and which detectors were left out and why. `shipped`: parameters that the case's own stand above.
 */
export async function detectIn(
  registry: CaseRegistry,
  caseId: string,
  { inputs: asked, home, signal }: DetectionGroup & { readonly signal?: AbortSignal },
  shipped?: DetectorSettings,
  rules: readonly RecordRules[] = [],
): Promise<{ found: number; refused: readonly { id: string; why: string }[] }> {
  const settings = await new DetectorChoice(registry, shipped).settings(caseId);
  const baseline = new Set(baselineInputs(settings));
  const opened = registry.sealed(caseId).filter(({ id }) => asked.includes(id) || baseline.has(id));
  const reader = await openCaseReader(opened, { connections: 1 });
  try {
    faultPoint('detect');
    const { rows, refused } = await detect(
      reader,
      reader,
      { settings, inputs: asked, home, ...(signal ? { signal } : {}) },
      rules,
    );
    const state = await registry.state(caseId);
    await state.transaction(async (tx) => {
      faultPoint('detect');
      for (const input of asked) {
        await tx.remove('findings', { input });
        await tx.update('inputs', { id: input }, { detected_at: new Date().toISOString() });
      }
      // An input may have been deleted meanwhile.
      const still = new Set(registry.sealed(caseId).map(({ id }) => id));
      await tx.insert('findings', ...rows.filter(({ input }) => still.has(input)));
      faultPoint('detect');
    });
    registry.foundChanged(caseId);
    faultPoint('detect');
    return { found: rows.length, refused };
  } finally {
    reader.close();
  }
}
