import { operations } from '$lib/model/api/operations';
import { machineEndpoint } from '../../../../../machine-endpoint';

export const GET = machineEndpoint(operations.getScanRaw, ({ params, query, services, ownerId }) =>
  services.machine.scanRaw(ownerId, params.scan, query.as),
);
