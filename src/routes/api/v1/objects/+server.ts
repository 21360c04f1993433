import { operations } from '$lib/model/api/operations';
import { endpoint } from '../../endpoint';

export const GET = endpoint(operations.findObjects, ({ query, services }) => services.objects(query.sha256));
