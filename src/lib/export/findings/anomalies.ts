/** Anomalies CSV: one row a term of what behaviour detectors found, so that a spreadsheet can sum and sort the reasons. */

import { csvLines } from '../csv.ts';
import { type FindingFormat, iso } from './contract.ts';

export const anomalies: FindingFormat = {
  id: 'anomalies',
  file: 'anomalies.csv',
  media: 'text/csv; charset=utf-8',
  *write({ incidents }) {
    yield csvLines([
      [
        'first',
        'last',
        'detector',
        'kind',
        'src',
        'dst',
        'severity',
        'score',
        'term',
        'value',
        'weight',
        'key',
      ],
    ]);
    for (const { finding } of incidents) {
      if (finding.source !== 'detector') continue;
      const head = [
        iso(finding.first),
        iso(finding.last),
        finding.rule.id,
        finding.sub,
        finding.src,
        finding.dst,
      ];
      const terms = finding.why.length > 0 ? finding.why : [{ term: null, value: null, weight: null }];
      yield csvLines(
        terms.map(({ term, value, weight }) => [
          ...head,
          finding.severity,
          finding.score,
          term,
          value,
          weight,
          finding.key,
        ]),
      );
    }
  },
};
