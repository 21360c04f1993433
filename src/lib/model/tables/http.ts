import { column, json, optional, recordTable } from './record-table.ts';

/** Zeek's http.log. Passwords are left out; the values of Authorization headers are hidden. */
export const HTTP = recordTable(
  'http',
  'One row a request and its response: HTTP/1, and HTTP/2 and HTTP/3 where they can be read.',
  [
    column('trans_depth', 'u32', 'number of the transaction in its connection, from 1'),
    column('method', 'text', 'verb of the request', {
      ...optional,
      ecs: 'http.request.method',
      eve: 'http_method',
    }),
    column('host', 'text', 'Host header, or :authority', { ...optional, ecs: 'url.domain', eve: 'hostname' }),
    column(
      'uri',
      'text',
      'URI of the request, percent-decoded; values of parameters called like a password are hidden',
      {
        ...optional,
        ecs: 'url.original',
        eve: 'url',
      },
    ),
    column('referrer', 'text', 'Referer header', {
      ...optional,
      ecs: 'http.request.referrer',
      eve: 'http_refer',
    }),
    column('version', 'text', 'version that the response names, or else the request', {
      ...optional,
      ecs: 'http.version',
      eve: 'protocol',
    }),
    column('user_agent', 'text', 'User-Agent header', {
      ...optional,
      ecs: 'user_agent.original',
      eve: 'http_user_agent',
    }),
    column('origin', 'text', 'Origin header', optional),
    column('request_body_len', 'u64', 'bytes of the request body, transfer and content coding undone', {
      unit: 'bytes',
      ecs: 'http.request.body.bytes',
    }),
    column('response_body_len', 'u64', 'bytes of the response body, transfer and content coding undone', {
      unit: 'bytes',
      ecs: 'http.response.body.bytes',
      eve: 'length',
    }),
    column('status_code', 'u16', 'status of the response', {
      ...optional,
      ecs: 'http.response.status_code',
      eve: 'status',
    }),
    column('status_msg', 'text', 'reason phrase of the response', optional),
    column('info_code', 'u16', 'last 1xx status before it', optional),
    column('info_msg', 'text', 'last 1xx reason phrase before it', optional),
    column('username', 'text', 'account of Basic authorization', { ...optional, ecs: 'user.name' }),
    column('proxied', 'text[]', 'headers that proxies add: NAME -> value', optional),
    column('orig_fuids', 'text[]', 'files of the request', optional),
    column('orig_filenames', 'text[]', 'names of files of the request', optional),
    column('orig_mime_types', 'text[]', 'types of files of the request, by content', optional),
    column('resp_fuids', 'text[]', 'files of the response', optional),
    column('resp_filenames', 'text[]', 'names of files of the response', optional),
    column('resp_mime_types', 'text[]', 'types of files of the response, by content', optional),
    column('request_headers', 'text', 'headers of the request: [[name, value] …]', json),
    column('response_headers', 'text', 'headers of the response: [[name, value] …]', json),
  ],
);
