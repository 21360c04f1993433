import { operations } from '$lib/model/api/operations';
import { machineEndpoint } from '../../../machine-endpoint';

export const GET = machineEndpoint(operations.getHostNow, ({ services }) => services.machine.now());
