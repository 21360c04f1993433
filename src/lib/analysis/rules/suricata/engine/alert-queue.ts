/** Alerts of one packet: in the rules' order, cut at Suricata's maximum, filtered by thresholds, written as rows. */

import { PROTOS } from '../../../../model/ids.ts';
import type { Position } from '../../../../model/content.ts';
import type { RowSink } from '../../../../model/sinks.ts';
import { ALERT } from '../../../../model/tables.ts';
import type { Rule } from '../language/rule.ts';
import { appProtosOf } from './app-protocols.ts';
import type { PacketView } from './packet-view.ts';
import type { RuleProgram } from './rule-program.ts';
import type { RuleFilters } from './rule-filters.ts';

/** Suricata's packet-alert-max. */
const MAX_ALERTS = 15;

export interface MatchPlace {
  readonly buffer: string;
  readonly offset: number;
  readonly length: number;
}

export interface Alert {
  readonly program: RuleProgram;
  readonly view: PacketView;
  /** Where the last matching byte is. */
  readonly at: Position;
  readonly matches: readonly MatchPlace[];
  /** It matched more than this packet: the action is the flow's. */
  readonly ofFlow: boolean;
}

/** Suricata's priority, 1 the highest, as 0 to 100. */
const SEVERITIES = [95, 75, 50, 25, 5];
export const severityOf = (priority: number): number => SEVERITIES[Math.max(1, Math.min(5, priority)) - 1] ?? 5;

export class AlertQueue {
  readonly #rows: RowSink;
  readonly #filters: RuleFilters;
  #waiting: Alert[] = [];
  /** Alerts beyond the maximum of one packet. */
  discarded = 0;

  constructor(rows: RowSink, filters: RuleFilters) {
    this.#rows = rows;
    this.#filters = filters;
  }

  add(alert: Alert): void {
    this.#waiting.push(alert);
  }

  /** Writes what one packet raised. What a pass rule lets through has no alerts after it. */
  flush(): void {
    if (this.#waiting.length === 0) return;
    const waiting = this.#waiting.sort((a, b) => a.program.order - b.program.order);
    this.#waiting = [];
    let written = 0;
    for (const alert of waiting) {
      const { rule } = alert.program;
      const action = this.#filters.actionOf(alert.program, alert.view);
      if (action === undefined) continue;
      const { flow } = alert.view;
      // What is let through, or kept out, is not looked at again: inline there would be nothing more to see.
      // A firewall's accept says what may pass, not that nobody looks at it.
      const isQuiet = action === 'alert' || action === 'config' || action === 'accept';
      if (flow && alert.ofFlow && !isQuiet) flow.isPassed = true;
      // A pass rule may say `alert`; where a rate filter makes an alert pass, that is all that it says.
      const isLetThrough = action === 'pass' && rule.action !== 'pass';
      if (!rule.noalert && !isLetThrough) {
        if (written++ >= MAX_ALERTS) this.discarded++;
        else this.#write(alert, action);
      }
      if (action === 'pass') return;
    }
  }

  #write({ program: { rule }, view, at, matches }: Alert, action: string): void {
    const conn = view.flow?.conn;
    const src = view.address('src');
    const dst = view.address('dst');
    const service = conn?.services[0];
    this.#rows.row(ALERT, {
      ts: at.ts,
      uid: conn?.uid,
      id_orig_h: conn?.origAddress ?? src,
      id_orig_p: conn?.origP ?? view.sport,
      id_resp_h: conn?.respAddress ?? dst,
      id_resp_p: conn?.respP ?? view.dport,
      rule_id: String(rule.sid),
      rule_gid: rule.gid,
      rule_rev: rule.rev,
      msg: rule.msg,
      classtype: rule.classtype,
      severity: severityOf(rule.priority),
      action,
      src,
      src_p: view.sport,
      dst,
      dst_p: view.dport,
      proto: protoName(view.ipProto),
      app_proto: service === undefined ? undefined : appProtosOf(service)[0],
      direction: view.dir === 0 ? 'to_server' : 'to_client',
      matches: matches.length > 0 ? JSON.stringify(matches) : undefined,
      metadata: metadataOf(rule),
      file: at.file,
      first_frame: at.frame,
      capture_file: at.file,
      capture_frame: at.frame,
    });
  }
}

function protoName(ipProto: number): (typeof PROTOS)[number] {
  if (ipProto === 6) return 'tcp';
  if (ipProto === 17) return 'udp';
  if (ipProto === 1 || ipProto === 58) return 'icmp';
  return ipProto === 132 ? 'sctp' : 'unknown_transport';
}

/** The rule's metadata and references as one object; a key with several values has a list. */
function metadataOf({ metadata, references }: Rule): string | undefined {
  if (metadata.length === 0 && references.length === 0) return undefined;
  const out: Record<string, string | string[]> = {};
  const put = (key: string, value: string): void => {
    const before = out[key];
    out[key] = before === undefined ? value : [...(Array.isArray(before) ? before : [before]), value];
  };
  for (const [key, value] of metadata) put(key, value);
  for (const { type, value } of references) put('reference', `${type},${value}`);
  return JSON.stringify(out);
}
