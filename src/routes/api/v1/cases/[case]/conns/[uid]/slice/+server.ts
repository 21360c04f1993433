import { operations } from '$lib/model/api/operations';
import { endpoint } from '../../../../../../endpoint';

export const GET = endpoint(operations.sliceConn, ({ params, query, services }) =>
  services.packets.slice(params.case, params.uid, query.input),
);
