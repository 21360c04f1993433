import { operations } from '$lib/model/api/operations';
import { endpoint } from '../../../../endpoint';

export const GET = endpoint(operations.getCaseScans, ({ params, query, services }) =>
  services.machine.scansOfCase(params.case, query.address),
);
