/** Programs that were fetched under another type's name. */

import { z } from 'zod';
import { dialect } from '../../store/dialect.ts';
import {
  num,
  text,
  type Detector,
  type DetectorContext,
  type Finding,
  type QueryRow,
  type Why,
  type Home,
} from './contract.ts';
import { finding, bytesText } from './contract/finding.ts';
import { homeWhy, outsideSql } from './contract/home.ts';
import { evidenceColumns, seenIn } from './contract/evidence.ts';

const params = z
  .object({
    openly: z.boolean().default(true).describe('also programs that say what they are, as information'),
  })
  .strict();
type Params = z.infer<typeof params>;

/** Types by content (files.mime_type) of what a machine runs. */
const PROGRAMS = [
  'application/x-dosexec',
  'application/x-executable',
  'application/x-sharedlib',
  'application/x-mach-o-executable',
  'application/x-java-applet',
  'application/x-java-archive',
  'application/vnd.android.package-archive',
] as const;

/** What servers call a program in good faith. */
const HONEST =
  'octet-stream|x-msdownload|x-msdos-program|x-dosexec|x-executable|vnd.microsoft.portable-executable|x-elf|x-sharedlib|x-mach-binary|x-mach-o-executable|java-archive|x-java|android|x-msi|binary|force-download|x-download|x-debian-package|zip';

/** Names under which nobody expects a program. */
const HARMLESS =
  'png|jpe?g|gif|bmp|ico|svg|webp|css|js|json|txt|html?|php|asp|xml|pdf|docx?|xlsx?|pptx?|csv|mp3|mp4|avi|woff2?|ttf|log|dat';

/** The name is the protocol's, or the last part of the path that the response answered. */
const FETCHED = (home: Home): string => `
  WITH programs AS (SELECT * FROM r.files WHERE mime_type IN (${PROGRAMS.map((type) => `'${type}'`).join(', ')})),
  asked AS (
    SELECT p.*, h.host, h.method, h.uri, regexp_extract(coalesce(p.filename, h.uri), '([^/?#]*)(?:[?#].*)?$', 1) AS name,
      lower(split_part(p.declared_type, ';', 1)) AS declared
    FROM programs p LEFT JOIN r.http h ON h.input = p.input AND h.uid = p.uid AND (list_contains(h.resp_fuids, p.fuid) OR list_contains(h.orig_fuids, p.fuid)))
  SELECT input, mime_type, sha256, declared, name, any_value(source) AS source, any_value(host) AS host, is_orig, any_value(proto) AS proto,
    CASE WHEN is_orig THEN ${dialect.addrText('id_orig_h')} ELSE ${dialect.addrText('id_resp_h')} END AS sender, CASE WHEN is_orig THEN ${dialect.addrText('id_resp_h')} ELSE ${dialect.addrText('id_orig_h')} END AS receiver,
    id_resp_p AS port, max(seen_bytes) AS bytes, declared IS NOT NULL AND declared <> '' AND NOT regexp_matches(declared, '${HONEST}') AS lies,
    regexp_matches(lower(coalesce(name, '')), '\\.(${HARMLESS})$') AS misnamed, bool_or(CASE WHEN is_orig THEN ${outsideSql('id_orig_h', home)} ELSE ${outsideSql('id_resp_h', home)} END) AS from_outside, ${evidenceColumns()}
  FROM (SELECT *, 'tcp' AS proto FROM asked) GROUP BY ALL ORDER BY input, first, sender, receiver, name`;

export const lyingMime: Detector<Params> = {
  id: 'lying-mime',
  rev: 1,
  name: 'Program under another name',
  doc: 'A file that is a program by its content, announced as another type or named like one (Zeek files by content; RITA MIME mismatch).',
  params,
  reads: ['files', 'http'],
  run,
};

async function* run({ query, params: p, home }: DetectorContext<Params>): AsyncGenerator<Finding> {
  for (const row of await query(FETCHED(home), [])) {
    if (row['lies'] !== true && row['misnamed'] !== true && !p.openly) continue;
    yield explained(row, home);
  }
}

const explained = (row: QueryRow, home: Home): Finding => {
  const [sender, receiver, name, mime] = [
    text(row['sender']),
    text(row['receiver']),
    text(row['name']),
    text(row['mime_type']),
  ];
  const [lies, misnamed] = [row['lies'] === true, row['misnamed'] === true];
  const why: Why[] = [
    { term: 'is by its content', value: mime, weight: 10 },
    { term: 'was announced as', value: text(row['declared']) || 'nothing', weight: lies ? 45 : 0 },
    { term: 'was named', value: name || 'nothing', weight: misnamed ? (lies ? 10 : 40) : 0 },
    {
      term: 'came from outside',
      value: row['from_outside'] === true ? 'yes' : 'no',
      weight: row['from_outside'] === true ? 8 : 0,
    },
    { term: 'bytes', value: bytesText(num(row['bytes'])), weight: 0 },
    { term: 'SHA-256', value: text(row['sha256']) || 'not whole', weight: 0 },
    homeWhy(home),
  ];
  const how = lies ? `as ${text(row['declared'])}` : misnamed ? `as ${name}` : 'openly';
  return finding(lyingMime, {
    key: `${sender}/${receiver}/${text(row['sha256']) || name}`,
    title: `${receiver} received a program from ${sender} ${how}`,
    sub: lies ? 'declared' : misnamed ? 'named' : 'open',
    technique: lies || misnamed ? 'T1036.008' : 'T1105',
    src: [sender],
    dst: [receiver],
    ports: [num(row['port'])],
    proto: text(row['proto']),
    why,
    seen: seenIn(row),
    table: 'files',
  });
};
