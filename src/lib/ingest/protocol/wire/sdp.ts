/** Session descriptions (RFC 8866) as rules ask for them, by Suricata's names. */

import { latin1 } from './bytes.ts';

/** Longest description that is read. */
export const MAX_DESCRIPTION = 64 * 1024;
const MAX_LINES = 1_000;

const OF_SESSION: Readonly<Record<string, string>> = {
  o: 'sdp.origin',
  s: 'sdp.session_name',
  i: 'sdp.session_info',
  u: 'sdp.uri',
  e: 'sdp.email',
  p: 'sdp.phone_number',
  c: 'sdp.connection_data',
  b: 'sdp.bandwidth',
  t: 'sdp.time',
  r: 'sdp.repeat_time',
  z: 'sdp.timezone',
  k: 'sdp.encryption_key',
  a: 'sdp.attribute',
};
const OF_MEDIA: Readonly<Record<string, string>> = {
  m: 'sdp.media.media',
  i: 'sdp.media.session_info',
  c: 'sdp.media.connection_data',
  b: 'sdp.bandwidth',
  k: 'sdp.media.encryption_key',
  a: 'sdp.attribute',
};

/** Name and value of each line, in order; none where it does not begin as a description does. */
export function descriptionFields(bytes: Uint8Array): readonly (readonly [name: string, value: string])[] {
  const lines = latin1(bytes.subarray(0, MAX_DESCRIPTION)).split(/\r?\n/, MAX_LINES);
  if (!lines[0]?.startsWith('v=')) return [];
  const found: [string, string][] = [];
  let isMedia = false;
  for (const line of lines) {
    isMedia ||= line.startsWith('m=');
    const name = line[1] === '=' ? (isMedia ? OF_MEDIA : OF_SESSION)[line[0] ?? ''] : undefined;
    if (name !== undefined) found.push([name, line.slice(2)]);
  }
  return found;
}
