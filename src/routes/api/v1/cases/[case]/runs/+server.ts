import { operations } from '$lib/model/api/operations';
import { endpoint } from '../../../../endpoint';

export const GET = endpoint(operations.listRuns, ({ params, services }) => services.runs.list(params.case));

export const POST = endpoint(operations.createRun, ({ params, body, services, ownerId }) =>
  services.runs.create(params.case, ownerId, body),
);
