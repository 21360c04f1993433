import { operations } from '$lib/model/api/operations';
import { endpoint } from '../../../endpoint';

export const POST = endpoint(operations.createSample, ({ services, ownerId }) => services.sample(ownerId));
