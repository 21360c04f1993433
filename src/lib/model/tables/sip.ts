import { column, optional, recordTable } from './record-table.ts';

/** Zeek's sip.log. */
export const SIP = recordTable(
  'sip',
  'One row a response of SIP with its request, or a request without one.',
  [
    column('trans_depth', 'u32', 'depth of pipelining: 0'),
    column('method', 'text', 'method of the request', { ...optional, eve: 'sip.method' }),
    column('uri', 'text', 'URI of the request', { ...optional, ecs: 'url.original', eve: 'sip.uri' }),
    column('date', 'text', 'Date', optional),
    column('request_from', 'text', 'From of the request', optional),
    column('request_to', 'text', 'To of the request', optional),
    column('response_from', 'text', 'From of the response', optional),
    column('response_to', 'text', 'To of the response', optional),
    column('reply_to', 'text', 'Reply-To', optional),
    column('call_id', 'text', 'Call-ID', optional),
    column('seq', 'text', 'CSeq of the request', optional),
    column('subject', 'text', 'Subject', optional),
    column('request_path', 'text[]', 'Via of the request, repetitions included', optional),
    column('response_path', 'text[]', 'Via of the responses so far', optional),
    column('user_agent', 'text', 'User-Agent', { ...optional, ecs: 'user_agent.original' }),
    column('status_code', 'u16', 'status of the response', { ...optional, eve: 'sip.code' }),
    column('status_msg', 'text', 'its reason', { ...optional, eve: 'sip.reason' }),
    column('warning', 'text', 'Warning', optional),
    column('request_body_len', 'u64', 'Content-Length of the request', { ...optional, unit: 'bytes' }),
    column('response_body_len', 'u64', 'Content-Length of the response', { ...optional, unit: 'bytes' }),
    column('content_type', 'text', 'Content-Type', optional),
  ],
);
