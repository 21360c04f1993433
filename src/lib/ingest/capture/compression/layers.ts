/** Takes the layers of compression off a file, from the outside. */

import type { ByteSource } from '../source/contract.ts';
import { FileSource, type OpenFile } from '../source/file.ts';

/** What lies inside all layers of compression. */
export interface NamedStream {
  readonly source: ByteSource;
  readonly name: string;
  readonly compression: string;
}

export async function openStreams(file: OpenFile, name: string): Promise<NamedStream[]> {
  return [{ source: new FileSource(file), name, compression: 'none' }];
}
