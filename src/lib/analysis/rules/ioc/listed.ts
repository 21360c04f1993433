/** Hits of indicators as the reputation detector takes them. */

import type { ListedRecord } from '../../detect/contract.ts';
import type { RecordHit } from '../record-rules.ts';

const said = (value: unknown): string => (typeof value === 'string' ? value : '');

/** Those of other languages are left out. */
export const listedRecords = (hits: readonly RecordHit[]): ListedRecord[] =>
  hits
    .filter(({ classtype }) => classtype === 'indicator')
    .map((hit) => ({
      input: hit.input,
      ts: hit.ts,
      uid: hit.uid,
      orig: hit.orig,
      resp: hit.resp,
      respPort: hit.respPort,
      proto: hit.proto,
      table: hit.table,
      file: hit.captureFile,
      frame: hit.captureFrame,
      name: hit.msg,
      severity: hit.severity,
      type: said(hit.metadata['type']),
      indicator: said(hit.metadata['indicator']),
      seen: said(hit.metadata['seen']),
    }));
