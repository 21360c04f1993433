import { operations } from '$lib/model/api/operations';
import { endpoint } from '../../../../../endpoint';

export const GET = endpoint(operations.listAdjoiningInputs, ({ params, services, signal }) =>
  services.inputs.adjoining(params.case, signal),
);
