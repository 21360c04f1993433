import { operations } from '$lib/model/api/operations';
import { endpoint } from '../../../../endpoint';

export const GET = endpoint(operations.listPackets, ({ params, query, services, signal }) =>
  services.packets.list(params.case, query, signal),
);
