import type { SqlRequest, SqlResult } from '../../model/api/sql.ts';
import { answerOf } from '../data/door.ts';
import { api } from '../url/paths.ts';

/** A query that can be stopped: it changes nothing, so it is no matter of the door's kept answers. */
export async function askSql(caseId: string, body: SqlRequest, signal: AbortSignal): Promise<SqlResult> {
  const response = await fetch(api('cases', caseId, 'sql'), {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify(body),
    signal,
  });
  return (await answerOf(response)) as SqlResult;
}
