/** The text of a list, however it was written: redirects of PowerShell are UTF-16, cmd.exe writes its code page. */

const UTF8 = new TextDecoder('utf-8', { fatal: true });

/** Every second byte of a list in UTF-16 without a mark is zero: no list in another encoding has even one. */
const SAMPLE = 512;

function sixteen(bytes: Uint8Array): 'utf-16le' | 'utf-16be' | undefined {
  const [first = 1, second = 1] = bytes;
  if (first === 0xff && second === 0xfe) return 'utf-16le';
  if (first === 0xfe && second === 0xff) return 'utf-16be';
  const head = bytes.subarray(0, SAMPLE);
  const zeroAt = (rest: number): number => head.filter((byte, at) => byte === 0 && at % 2 === rest).length;
  const most = head.length / 4;
  if (zeroAt(1) > most && zeroAt(0) === 0) return 'utf-16le';
  if (zeroAt(0) > most && zeroAt(1) === 0) return 'utf-16be';
  return undefined;
}

/** Without its mark. Bytes that are no UTF-8 are read as Windows-1252: the words that count are ASCII. */
export function listText(bytes: Uint8Array): string {
  const wide = sixteen(bytes);
  if (wide) return new TextDecoder(wide).decode(bytes);
  try {
    return UTF8.decode(bytes);
  } catch {
    return new TextDecoder('windows-1252').decode(bytes);
  }
}
