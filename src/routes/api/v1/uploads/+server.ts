import { tus } from '../../tus';

export const POST = tus;
export const OPTIONS = tus;
