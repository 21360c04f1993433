import { operations } from '$lib/model/api/operations';
import { endpoint } from '../../../../../endpoint';

export const GET = endpoint(operations.getSnapshot, ({ params, query, services }) =>
  services.snapshotFile(params.case, params.snapshot, query.format),
);

export const DELETE = endpoint(operations.deleteSnapshot, ({ params, services }) =>
  services.snapshots.remove(params.case, params.snapshot),
);
