import { operations } from '$lib/model/api/operations';
import { endpoint } from '../../../../endpoint';

export const GET = endpoint(operations.listFindings, ({ params, query, services, signal }) =>
  services.findings.list(params.case, query, signal),
);
