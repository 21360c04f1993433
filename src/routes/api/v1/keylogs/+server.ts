import { operations } from '$lib/model/api/operations';
import { endpoint } from '../../endpoint';

export const POST = endpoint(operations.postKeyLog, ({ request, services }) => services.keyLog(request));
