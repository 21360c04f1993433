/** A finding from what a detector has to say about it: what follows from the rest is filled in here. */

import { LISTED, severityOf, type Detector, type Evidence, type Finding, type Why } from '../contract.ts';
import type { Seen } from './evidence.ts';

export interface Facts {
  /** What makes it one thing among the detector's findings in an input; the detector's id is put before it. */
  readonly key: string;
  readonly title: string;
  readonly sub: string;
  readonly technique: string;
  readonly src: readonly string[];
  readonly dst?: readonly string[];
  readonly ofDst?: number;
  readonly ports?: readonly number[];
  readonly ofPorts?: number;
  readonly proto?: string;
  readonly why: readonly Why[];
  readonly seen: Seen;
  /** Table of the rows in evidence. */
  readonly table: string;
  readonly evidence?: readonly Evidence[];
}

/** Every finding says how much it rests on. */
const basis = ({ n, first, last }: Seen): Why => ({
  term: 'rests on',
  value: `${n.toLocaleString('en')} in ${spanText(last - first)}`,
  weight: 0,
});

/** Nanoseconds as people say them. */
export const spanText = (ns: bigint | number): string => {
  const s = Number(ns) / 1e9;
  if (s < 120) return `${s < 10 ? s.toFixed(1) : Math.round(s)} s`;
  if (s < 7_200) return `${Math.round(s / 60)} min`;
  return s < 172_800 ? `${(s / 3_600).toFixed(1)} h` : `${(s / 86_400).toFixed(1)} d`;
};

export const bytesText = (bytes: number): string => {
  if (bytes < 10_000) return `${Math.round(bytes)} B`;
  if (bytes < 10_000_000) return `${(bytes / 1_000).toFixed(1)} kB`;
  return bytes < 10_000_000_000 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
};

export const plural = (n: number, word: string, many = `${word}s`): string =>
  `${n.toLocaleString('en')} ${n === 1 ? word : many}`;

export const finding = (rule: Pick<Detector<unknown>, 'id' | 'rev' | 'name'>, facts: Facts): Finding => {
  const { dst = [], ports = [], seen, why } = facts;
  return {
    key: `${rule.id}/${facts.key}`,
    rule: { id: rule.id, rev: rule.rev, name: rule.name },
    severity: severityOf(why),
    title: facts.title,
    sub: facts.sub,
    technique: facts.technique,
    input: seen.input,
    src: facts.src.slice(0, LISTED),
    dst: dst.slice(0, LISTED),
    ofDst: facts.ofDst ?? dst.length,
    ports: ports.slice(0, LISTED),
    ofPorts: facts.ofPorts ?? ports.length,
    proto: facts.proto ?? '',
    n: seen.n,
    first: seen.first,
    last: seen.last,
    why: [...why, basis(seen)],
    evidence: facts.evidence ?? [
      { table: facts.table, input: seen.input, uids: seen.uids, frames: seen.frames, of: seen.n },
    ],
  };
};
