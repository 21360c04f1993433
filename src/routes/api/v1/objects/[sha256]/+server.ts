import { operations } from '$lib/model/api/operations';
import { endpoint } from '../../../endpoint';

export const GET = endpoint(operations.getObject, ({ params, services }) => services.object(params.sha256));
