import { operations } from '$lib/model/api/operations';
import { endpoint } from '../../../../../endpoint';

export const GET = endpoint(operations.exportComparison, ({ params, query, services, ownerId }) =>
  services.comparisons.download(ownerId, params.case, query),
);
