import { operations } from '$lib/model/api/operations';
import { endpoint } from '../../../../endpoint';

export const GET = endpoint(operations.listSnapshots, ({ params, services }) =>
  services.snapshots.list(params.case),
);

export const POST = endpoint(operations.recordSnapshot, ({ params, body, services, ownerId }) =>
  services.snapshots.record(params.case, ownerId, body),
);
