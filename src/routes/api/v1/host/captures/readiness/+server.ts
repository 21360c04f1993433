import { operations } from '$lib/model/api/operations';
import { machineEndpoint } from '../../../../machine-endpoint';

export const GET = machineEndpoint(operations.getCaptureReadiness, ({ services }) =>
  services.machine.captureReadiness(),
);
