import { operations } from '$lib/model/api/operations';
import { endpoint } from '../../../../../endpoint';

export const GET = endpoint(operations.getConn, ({ params, query, services, signal }) =>
  services.conn(params.case, params.uid, query.input, signal),
);
