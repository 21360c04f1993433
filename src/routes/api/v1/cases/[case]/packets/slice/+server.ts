import { operations } from '$lib/model/api/operations';
import { endpoint } from '../../../../../endpoint';

export const GET = endpoint(operations.cutPackets, ({ params, query, services }) =>
  services.packets.cut(params.case, query),
);
