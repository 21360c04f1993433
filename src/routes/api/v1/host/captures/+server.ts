import { operations } from '$lib/model/api/operations';
import { machineEndpoint } from '../../../machine-endpoint';

export const GET = machineEndpoint(operations.listCaptures, ({ services, ownerId }) =>
  services.machine.captures(ownerId),
);

export const POST = machineEndpoint(operations.startCapture, ({ body, services, ownerId, signal }) =>
  services.machine.startCapture(ownerId, body, signal),
);
