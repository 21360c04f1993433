/** Carved files as replies: nothing that a browser or a desktop would run by its name or type. */

import { configure, ZipWriter } from '@zip.js/zip.js';

/** No threads for a zip of one file; they would outlive the request. */
configure({ useWebWorkers: false });

/** Password that analysts agree on for hostile files: what they are sent is opened on purpose. */
export const USUAL_PASSWORD = 'infected';

/** Endings that keep their name where the content agrees: nothing that opens them runs what is in them. */
const HARMLESS: Readonly<Record<string, readonly string[]>> = {
  'image/png': ['png'],
  'image/jpeg': ['jpg', 'jpeg'],
  'image/gif': ['gif'],
  'image/webp': ['webp'],
  'text/plain': ['txt', 'log'],
};

const MAX_NAME = 100;

/** What is left of a hostile name: its last part, of letters, digits, dot, dash and underscore. */
export function safeName(name: string | null, otherwise: string): string {
  const last = (name ?? '').split(/[/\\]/).at(-1) ?? '';
  const plain = last
    .normalize('NFKD')
    .replace(/[^\w.-]+/g, '-')
    .replace(/^[.-]+/, '')
    .replace(/[.-]+$/, '');
  return plain === '' ? otherwise : plain.slice(-MAX_NAME).replace(/^[.-]+/, '');
}

/** The name on the analyst's disk: whatever is not plainly harmless by name and by content ends in `.carved`. */
export function neutralName(name: string | null, mimeType: string | null, fuid: string): string {
  const safe = safeName(name, fuid);
  const ending = /\.([^.]+)$/.exec(safe)?.[1]?.toLowerCase() ?? '';
  return (HARMLESS[mimeType ?? ''] ?? []).includes(ending) ? safe : `${safe}.carved`;
}

/** Headers of a file that nobody may show or run: it can only be saved. */
export const neutralHeaders = (name: string, type = 'application/octet-stream'): Record<string, string> => ({
  'content-type': type,
  'content-disposition': `attachment; filename="${name}"`,
  'x-content-type-options': 'nosniff',
  'content-security-policy': "default-src 'none'; sandbox",
  'cache-control': 'no-store',
});

/** One file in a zip that opens with `password` (ZipCrypto, which every tool knows: it keeps scanners and clicks off, no more). */
export function zipped(
  content: ReadableStream<Uint8Array>,
  name: string,
  password: string,
): ReadableStream<Uint8Array> {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const writer = new ZipWriter(writable, { password, zipCrypto: true, useWebWorkers: false });
  const run = async (): Promise<void> => {
    await writer.add(name, content);
    await writer.close();
  };
  run().catch((error: unknown) => void writable.abort(error).catch(() => undefined));
  return readable;
}
