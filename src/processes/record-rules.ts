/** Rules that ask tables (Sigma, indicators), loaded from their files, and their hits as rows of `alert`. */

import { basename } from 'node:path';
import type { RecordHit, RecordRules } from '../lib/analysis/rules/record-rules.ts';
import { loadRules } from '../lib/analysis/rules/registry.ts';
import { secondsOf } from '../lib/export/ndjson-row.ts';
import { ruleText } from './rule-text.ts';

/** Of rule files those that ask tables; what is wrong with them is told where all rule files are loaded. */
export function recordRules(paths: readonly string[]): RecordRules[] {
  return paths.flatMap((path) => {
    const read = ruleText(path);
    if ('why' in read) return [];
    const { records } = loadRules(read.text, basename(path));
    return records ? [records] : [];
  });
}

/** A hit as a line of alert.ndjson (READ contract). */
export function alertLine(hit: RecordHit): string {
  return JSON.stringify({
    ts: Number(secondsOf(hit.ts, 6)),
    uid: hit.uid,
    id_orig_h: hit.orig,
    id_orig_p: hit.origPort,
    id_resp_h: hit.resp,
    id_resp_p: hit.respPort,
    rule_id: hit.ruleId,
    msg: hit.msg,
    classtype: hit.classtype,
    severity: hit.severity,
    action: 'alert',
    src: hit.orig,
    src_p: hit.origPort,
    dst: hit.resp,
    dst_p: hit.respPort,
    proto: hit.proto,
    app_proto: hit.service,
    direction: 'to_server',
    metadata: hit.metadata,
    first_frame: hit.firstFrame,
    capture_frame: hit.captureFrame,
  });
}
