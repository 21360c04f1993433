import { operations } from '$lib/model/api/operations';
import { endpoint } from '../../../../../endpoint';

export const DELETE = endpoint(operations.deleteInput, ({ params, services }) =>
  services.inputs.remove(params.case, params.input),
);
