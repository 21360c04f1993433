import { column, optional, recordTable } from './record-table.ts';

/** Zeek's dnp3.log. */
export const DNP3 = recordTable(
  'dnp3',
  'One row a DNP3 response with the request before it; requests without response at the end.',
  [
    column('fc_request', 'text', 'function of the request', optional),
    column('fc_reply', 'text', 'function of the response', optional),
    column(
      'iin',
      'u16',
      'internal indications of the response: IIN1 in the high byte, IIN2 in the low one',
      optional,
    ),
  ],
);
