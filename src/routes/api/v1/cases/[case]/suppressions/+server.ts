import { operations } from '$lib/model/api/operations';
import { endpoint } from '../../../../endpoint';

export const GET = endpoint(operations.getSuppressions, ({ params, services }) =>
  services.findings.suppressions(params.case),
);

export const PUT = endpoint(operations.putSuppressions, ({ params, body, services }) =>
  services.findings.suppress(params.case, body),
);
