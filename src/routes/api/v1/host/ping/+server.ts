import { operations } from '$lib/model/api/operations';
import { machineEndpoint } from '../../../machine-endpoint';

export const POST = machineEndpoint(operations.pingHost, ({ body, services, signal }) =>
  services.machine.ping(body.address, body.count, signal),
);
