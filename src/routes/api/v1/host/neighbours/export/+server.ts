import { operations } from '$lib/model/api/operations';
import { machineEndpoint } from '../../../../machine-endpoint';

export const GET = machineEndpoint(operations.exportNeighbours, ({ services }) =>
  services.machine.neighboursCsv(),
);
