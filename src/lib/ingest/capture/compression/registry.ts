/** Every compression of a stream. A new one is a file and a line here. (zip is an archive: see zip.ts.) */

import type { StreamCompression } from './contract.ts';
import { gzip } from './gzip.ts';
import { xz } from './xz.ts';
import { zstd } from './zstd.ts';

export const COMPRESSIONS: readonly StreamCompression[] = [gzip, zstd, xz];
