import { operations } from '$lib/model/api/operations';
import { endpoint } from '../../../../../../../endpoint';

export const GET = endpoint(operations.getPacket, ({ params, services, signal }) =>
  services.packets.get(params.case, params, signal),
);
