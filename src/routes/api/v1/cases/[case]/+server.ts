import { operations } from '$lib/model/api/operations';
import { endpoint } from '../../../endpoint';

export const GET = endpoint(operations.getCase, ({ params, services }) => services.cases.get(params.case));

export const PATCH = endpoint(operations.patchCase, ({ params, body, services }) =>
  services.cases.patch(params.case, body),
);

export const DELETE = endpoint(operations.deleteCase, ({ params, services }) =>
  services.cases.remove(params.case),
);
