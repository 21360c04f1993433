import { operations } from '$lib/model/api/operations';
import { endpoint } from '../../../../endpoint';

export const GET = endpoint(operations.listInputs, ({ params, services, signal }) =>
  services.inputs.list(params.case, signal),
);

export const POST = endpoint(operations.createInputs, ({ params, body, services, ownerId }) =>
  services.inputs.create(params.case, ownerId, body),
);
