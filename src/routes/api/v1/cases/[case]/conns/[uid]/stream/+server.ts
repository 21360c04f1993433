import { operations } from '$lib/model/api/operations';
import { endpoint } from '../../../../../../endpoint';

export const GET = endpoint(operations.getConnStream, ({ params, query, services, signal }) =>
  services.packets.stream(params.case, params.uid, query, signal),
);
