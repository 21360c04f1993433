import { operations } from '$lib/model/api/operations';
import { endpoint } from '../../../../endpoint';

export const GET = endpoint(operations.getFinding, ({ params, query, services }) =>
  services.findings.get(params.case, query),
);
