import { operations } from '$lib/model/api/operations';
import { machineEndpoint } from '../../../machine-endpoint';

export const GET = machineEndpoint(operations.listScans, ({ services, ownerId }) =>
  services.machine.scans(ownerId),
);

export const POST = machineEndpoint(operations.startScan, ({ body, services, ownerId }) =>
  services.machine.startScan(ownerId, body),
);
