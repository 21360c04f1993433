import { operations } from '$lib/model/api/operations';
import { endpoint } from '../../endpoint';

export const GET = endpoint(operations.listCases, ({ services, ownerId }) => services.cases.list(ownerId));

export const POST = endpoint(operations.createCase, ({ body, services, ownerId }) =>
  services.cases.create(ownerId, body),
);
