import { operations } from '$lib/model/api/operations';
import { endpoint } from '../../endpoint';

export const GET = endpoint(operations.filterWords, ({ query, services }) => services.filterWords(query));
