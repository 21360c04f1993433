/** What a service cannot do for a reason that lies with the request: one sentence, and the status that goes with it. */

export type RefusalCode =
  | 'bad_request'
  | 'bad_filter'
  | 'bad_sql'
  | 'not_a_capture'
  | 'unauthorised'
  | 'forbidden'
  | 'not_found'
  | 'conflict'
  | 'gone'
  | 'too_large'
  | 'cancelled'
  | 'timeout'
  | 'no_space'
  | 'busy'
  | 'internal';

const STATUS: Readonly<Record<RefusalCode, number>> = {
  bad_request: 400,
  bad_filter: 422,
  bad_sql: 422,
  not_a_capture: 422,
  unauthorised: 401,
  forbidden: 403,
  not_found: 404,
  conflict: 409,
  gone: 410,
  too_large: 413,
  cancelled: 499,
  timeout: 504,
  no_space: 507,
  busy: 503,
  internal: 500,
};

interface More {
  /** Place in the filter or query, from 0. */
  readonly at?: number | undefined;
  readonly suggestion?: string | undefined;
}

export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly code: RefusalCode;
  readonly more: More;

  constructor(code: RefusalCode, message: string, more: More = {}) {
    super(message);
    this.code = code;
    this.more = more;
  }

  get status(): number {
    return STATUS[this.code];
  }
}

/** The body that goes with a refusal (errorBody in model/api/common.ts). */
export function refusalBody({ code, message, more }: Refusal): {
  error: { code: string; message: string; at?: number; suggestion?: string };
} {
  return {
    error: {
      code,
      message,
      ...(more.at === undefined ? {} : { at: more.at }),
      ...(more.suggestion === undefined ? {} : { suggestion: more.suggestion }),
    },
  };
}
