/** Options that remember something between packets: of a flow, of hosts, of the rule itself. */

export interface FlowbitsOption {
  readonly command: 'set' | 'isset' | 'isnotset' | 'unset' | 'toggle';
  /** One name, or several for `isset:a|b` (one of them) and `isnotset:a|b`. */
  readonly names: readonly string[];
}

export interface FlowintOption {
  readonly name: string;
  readonly op: '+' | '-' | '=' | '>' | '<' | '>=' | '<=' | '==' | '!=' | 'isset' | 'isnotset' | 'notset';
  /** A number, another variable, or nothing for isset and notset. */
  readonly value: number | string | undefined;
}

export interface XbitsOption {
  readonly command: 'set' | 'isset' | 'isnotset' | 'unset' | 'toggle';
  readonly name: string;
  readonly track: 'ip_src' | 'ip_dst' | 'ip_pair' | 'tx';
  /** Seconds; 30 where the rule names none. */
  readonly expire: number;
}

export interface HostbitsOption {
  readonly command: 'set' | 'isset' | 'isnotset' | 'unset' | 'toggle';
  readonly name: string;
  readonly side: 'src' | 'dst' | 'both' | undefined;
}

export interface IprepOption {
  readonly side: 'any' | 'src' | 'dst' | 'both';
  readonly category: string;
  readonly op: '<' | '>' | '=' | '<=' | '>=' | 'isset' | 'isnotset';
  /** 0 to 127. */
  readonly value: number;
}

export type Track = 'by_src' | 'by_dst' | 'by_rule' | 'by_both' | 'by_flow';

export interface Threshold {
  readonly type: 'limit' | 'threshold' | 'both' | 'backoff';
  readonly track: Track;
  readonly count: number;
  /** Undefined for backoff, which has no window. */
  readonly seconds: number | undefined;
  /** Backoff alone. */
  readonly multiplier?: number | undefined;
}

export interface DetectionFilter {
  readonly track: Track;
  readonly count: number;
  readonly seconds: number;
  /** Only distinct values of this port are counted. */
  readonly uniqueOn: 'src_port' | 'dst_port' | undefined;
}
