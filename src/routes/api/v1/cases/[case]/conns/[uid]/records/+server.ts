import { operations } from '$lib/model/api/operations';
import { endpoint } from '../../../../../../endpoint';

export const GET = endpoint(operations.getConnRecords, ({ params, query, services, signal }) =>
  services.records(params.case, params.uid, query.input, signal),
);
