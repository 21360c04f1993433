import { operations } from '$lib/model/api/operations';
import { machineEndpoint } from '../../../../machine-endpoint';

export const POST = machineEndpoint(operations.flushNeighbour, ({ body, services }) =>
  services.machine.flushNeighbour(body.address, body.interface, body.consent),
);
