import { operations } from '$lib/model/api/operations';
import { machineEndpoint } from '../../../../../machine-endpoint';

export const GET = machineEndpoint(operations.getCaptureFile, ({ params, query, services, ownerId }) =>
  services.machine.captureFile(ownerId, params.capture, query.file),
);
