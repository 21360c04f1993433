import { operations } from '$lib/model/api/operations';
import { endpoint } from '../../endpoint';

export const GET = endpoint(operations.getOpenApi, ({ services }) => services.openApi());
