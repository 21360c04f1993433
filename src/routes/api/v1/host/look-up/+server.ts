import { operations } from '$lib/model/api/operations';
import { machineEndpoint } from '../../../machine-endpoint';

export const POST = machineEndpoint(operations.lookUp, ({ body, services }) => services.machine.lookUp(body));
