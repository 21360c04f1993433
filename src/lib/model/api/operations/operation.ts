/** What an operation of the REST interface is, and how one is written down. */

import { z } from 'zod';
import { caseId } from '../common.ts';

export type Method = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'OPTIONS';

export interface Operation<
  P extends z.ZodType = z.ZodType,
  Q extends z.ZodType = z.ZodType,
  B extends z.ZodType = z.ZodType,
  R extends z.ZodType = z.ZodType,
> {
  readonly method: Method;
  /** Under /api/v1, with parameters as {name}. */
  readonly path: string;
  readonly summary: string;
  readonly params: P;
  readonly query: Q;
  readonly body: B;
  readonly reply: R;
  readonly status: number;
  /** What the reply is where it is not JSON. */
  readonly media?: string;
}

const nothing = z.object({});
const none = z.undefined();
type Nothing = typeof nothing;
type None = typeof none;

interface Shape<P, Q, B, R> {
  params?: P;
  query?: Q;
  body?: B;
  reply?: R;
  status?: number;
  media?: string;
}

export const operation = <
  P extends z.ZodType = Nothing,
  Q extends z.ZodType = Nothing,
  B extends z.ZodType = None,
  R extends z.ZodType = None,
>(
  method: Method,
  path: string,
  summary: string,
  shape: Shape<P, Q, B, R>,
): Operation<P, Q, B, R> => ({
  method,
  path,
  summary,
  params: (shape.params ?? nothing) as P,
  query: (shape.query ?? nothing) as Q,
  body: (shape.body ?? none) as B,
  reply: (shape.reply ?? none) as R,
  status: shape.status ?? 200,
  ...(shape.media === undefined ? {} : { media: shape.media }),
});

export const inCase = z.object({ case: caseId });
export const csv = 'text/csv';
export const pcapng = 'application/x-pcapng';
