import { operations } from '$lib/model/api/operations';
import { machineEndpoint } from '../../../machine-endpoint';

export const GET = machineEndpoint(operations.getNeighbours, ({ services, signal }) =>
  services.machine.neighbours(signal),
);
