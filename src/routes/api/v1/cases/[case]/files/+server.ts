import { operations } from '$lib/model/api/operations';
import { endpoint } from '../../../../endpoint';

export const POST = endpoint(operations.postFiles, ({ params, query, request, services, ownerId, signal }) =>
  services.receiveFiles(params.case, ownerId, request, query, signal),
);
