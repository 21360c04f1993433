import { operations } from '$lib/model/api/operations';
import { machineEndpoint } from '../../../machine-endpoint';

export const GET = machineEndpoint(operations.getSwitches, ({ services }) => services.machine.switches());

export const PATCH = machineEndpoint(operations.patchSwitches, ({ body, services }) =>
  services.machine.setSwitches(body),
);
