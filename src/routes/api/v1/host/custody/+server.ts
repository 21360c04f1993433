import { operations } from '$lib/model/api/operations';
import { machineEndpoint } from '../../../machine-endpoint';

export const GET = machineEndpoint(operations.getCustody, ({ services }) => services.machine.custody());
