/** One request and its response, and the row that they become. */

import { HTTP } from '../../../model/tables/http.ts';
import type { Conn, Position } from '../contract.ts';
import type { HeaderField } from '../wire/header-fields.ts';
import type { Body } from './body.ts';
import { withoutSecrets } from './secret-fields.ts';
import type { RequestLine, StatusLine } from './start-line.ts';

/** Headers that proxies add (Zeek's proxy_headers). */
const PROXY_HEADERS: ReadonlySet<string> = new Set([
  'forwarded',
  'x-forwarded-for',
  'x-forwarded-from',
  'client-ip',
  'via',
  'xroxy-connection',
  'proxy-connection',
]);
const SECRET_HEADERS: ReadonlySet<string> = new Set(['authorization', 'proxy-authorization']);

export interface BasicCredential {
  readonly user: string;
  readonly secret: string;
}

export class Transaction {
  readonly depth: number;
  readonly first: Position;
  last: Position;
  request: RequestLine | undefined;
  requestFields: readonly HeaderField[] = [];
  requestBody: Body | undefined;
  requestDone = false;
  status: StatusLine | undefined;
  informational: StatusLine | undefined;
  responseFields: readonly HeaderField[] = [];
  responseBody: Body | undefined;
  responseDone = false;
  basic: BasicCredential | undefined;
  /** HTTP/2's :authority: what Host is in HTTP/1. */
  authority: string | undefined;
  readonly wrote = { row: false };

  constructor(depth: number, first: Position) {
    this.depth = depth;
    this.first = first;
    this.last = first;
  }

  write(conn: Conn): void {
    if (this.wrote.row) return;
    this.wrote.row = true;
    conn.row(HTTP, this.#values(), this.first, this.last);
  }

  #values(): Record<string, string | number | readonly string[] | undefined> {
    const values: Record<string, string | number | readonly string[] | undefined> = {
      trans_depth: this.depth,
      method: this.request?.method,
      uri: this.request && withoutSecrets(this.request.uri),
      version: this.status?.version ?? this.request?.version,
      request_body_len: this.requestBody?.length ?? 0,
      response_body_len: this.responseBody?.length ?? 0,
      status_code: this.status?.code,
      status_msg: this.status?.reason,
      info_code: this.informational?.code,
      info_msg: this.informational?.reason,
      username: this.basic?.user,
      host: this.authority,
    };
    const proxied: string[] = [];
    for (const { name, lower, value } of this.requestFields) {
      if (lower === 'host') values['host'] = value;
      else if (lower === 'referer') values['referrer'] = withoutSecrets(value);
      else if (lower === 'user-agent') values['user_agent'] = value;
      else if (lower === 'origin') values['origin'] = value;
      else if (PROXY_HEADERS.has(lower)) {
        const text = `${name.toUpperCase()} -> ${value}`;
        if (!proxied.includes(text)) proxied.push(text);
      }
    }
    values['proxied'] = listOf(proxied);
    values['orig_fuids'] = listOf(this.requestBody?.files.fuids);
    values['orig_filenames'] = listOf(this.requestBody?.files.filenames);
    values['orig_mime_types'] = listOf(this.requestBody?.files.mimeTypes);
    values['resp_fuids'] = listOf(this.responseBody?.files.fuids);
    values['resp_filenames'] = listOf(this.responseBody?.files.filenames);
    values['resp_mime_types'] = listOf(this.responseBody?.files.mimeTypes);
    values['request_headers'] = pairsOf(this.requestFields);
    values['response_headers'] = pairsOf(this.responseFields);
    return values;
  }
}

const listOf = (list: readonly string[] | undefined): readonly string[] | undefined =>
  list && list.length > 0 ? list : undefined;

/** Headers that hold a URI. */
const URI_HEADERS: ReadonlySet<string> = new Set(['referer', 'location', 'content-location', ':path']);

const shown = ({ lower, value }: HeaderField): string => {
  if (SECRET_HEADERS.has(lower)) return `${value.split(' ', 1)[0]} <hidden>`;
  return URI_HEADERS.has(lower) ? withoutSecrets(value) : value;
};

/** JSON of the headers; of an authorization only the scheme is shown. */
const pairsOf = (fields: readonly HeaderField[]): string | undefined =>
  fields.length === 0 ? undefined : JSON.stringify(fields.map((field) => [field.name, shown(field)]));
