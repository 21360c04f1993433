/** What others reported about an address: AbuseIPDB's API v2, `GET /check` (https://docs.abuseipdb.com). */

import { z } from 'zod';
import { Refusal } from '../refusal.ts';

const TIMEOUT_MS = 10_000;
/** Reports of so many days count. */
const MAX_AGE_DAYS = 90;

export interface AbuseServer {
  /** Absent: AbuseIPDB's own. */
  readonly url?: string | undefined;
  readonly key: string;
}

const check = z.object({
  data: z.object({
    abuseConfidenceScore: z.number(),
    totalReports: z.number().nullish(),
    numDistinctUsers: z.number().nullish(),
    lastReportedAt: z.string().nullish(),
    countryCode: z.string().nullish(),
    usageType: z.string().nullish(),
    isp: z.string().nullish(),
    domain: z.string().nullish(),
    isTor: z.boolean().nullish(),
  }),
});

const WORDS: Readonly<Record<number, string>> = {
  401: 'the key is not accepted; check ABUSEIPDB_API_KEY',
  402: 'the key does not allow this question',
  422: 'it does not take this address',
  429: "the key's questions for today are used up; ask tomorrow",
};

/** @throws Refusal with one sentence where there is no answer */
export async function abuseReports(
  address: string,
  { url = 'https://api.abuseipdb.com', key }: AbuseServer,
): Promise<Record<string, string>> {
  let response: Response;
  try {
    response = await fetch(
      `${url}/api/v2/check?ipAddress=${encodeURIComponent(address)}&maxAgeInDays=${MAX_AGE_DAYS}`,
      {
        headers: { accept: 'application/json', key },
        signal: AbortSignal.timeout(TIMEOUT_MS),
        redirect: 'error',
      },
    );
  } catch {
    throw new Refusal('timeout', 'AbuseIPDB did not answer: check the network, then ask again.');
  }
  if (!response.ok)
    throw new Refusal(
      'conflict',
      `AbuseIPDB refused (${response.status}): ${WORDS[response.status] ?? 'ask later'}.`,
    );
  const reply = check.safeParse(await response.json().catch(() => undefined));
  if (!reply.success) throw new Refusal('conflict', 'AbuseIPDB sent what is no answer: ask later.');
  const { data } = reply.data;
  const facts: Record<string, string | number | boolean | null | undefined> = {
    'confidence of abuse': `${data.abuseConfidenceScore} of 100`,
    [`reports in ${MAX_AGE_DAYS} days`]: data.totalReports,
    reporters: data.numDistinctUsers,
    'last report': data.lastReportedAt,
    country: data.countryCode,
    use: data.usageType,
    provider: data.isp,
    domain: data.domain,
    tor: data.isTor,
  };
  return Object.fromEntries(
    Object.entries(facts).flatMap(([name, value]) =>
      value === null || value === undefined ? [] : [[name, String(value).slice(0, 500)]],
    ),
  );
}
