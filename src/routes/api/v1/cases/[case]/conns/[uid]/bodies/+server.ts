import { operations } from '$lib/model/api/operations';
import { endpoint } from '../../../../../../endpoint';

export const GET = endpoint(operations.getConnBodies, ({ params, query, services, signal }) =>
  services.files.bodies(params.case, params.uid, query.input, signal),
);
