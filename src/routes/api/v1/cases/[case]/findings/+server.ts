import { operations } from '$lib/model/api/operations';
import { endpoint } from '../../../../endpoint';

export const GET = endpoint(operations.listFindings, ({ params, query, services }) =>
  services.findings.list(params.case, query),
);
