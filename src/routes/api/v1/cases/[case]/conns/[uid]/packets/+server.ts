import { operations } from '$lib/model/api/operations';
import { endpoint } from '../../../../../../endpoint';

export const GET = endpoint(operations.getConnPackets, ({ params, query, services, signal }) =>
  services.packets.ofConn(params.case, params.uid, query, signal),
);
