/** Files that have arrived at the server and wait to be read, kept by the browser so that a reload does not forget the question. */

export interface StoredUpload {
  readonly name: string;
  readonly size: number;
  readonly sha256: string;
}

const keyOf = (caseId: string): string => `coldwire.uploads.${caseId}`;

const isStored = (value: unknown): value is StoredUpload => {
  if (typeof value !== 'object' || value === null) return false;
  const { name, size, sha256 } = value as Record<string, unknown>;
  return typeof name === 'string' && typeof size === 'number' && /^[0-9a-f]{64}$/u.test(String(sha256));
};

/** None where storage is closed, or where it holds what we did not write. */
export function keptUploads(caseId: string): StoredUpload[] {
  try {
    const found: unknown = JSON.parse(localStorage.getItem(keyOf(caseId)) ?? '[]');
    return Array.isArray(found) ? found.filter(isStored) : [];
  } catch {
    return [];
  }
}

export function keepUploads(caseId: string, uploads: readonly StoredUpload[]): void {
  try {
    if (uploads.length === 0) localStorage.removeItem(keyOf(caseId));
    else localStorage.setItem(keyOf(caseId), JSON.stringify(uploads));
  } catch {
    // Storage is full or closed: a reload then forgets them, and they are recognised when they come again.
  }
}
