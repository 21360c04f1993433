/** NTLMSSP messages (MS-NLMP §2.2). */

export const NEGOTIATE = 1;
export const CHALLENGE = 2;
export const AUTHENTICATE = 3;

export interface NtlmMessage {
  readonly type: number;
  /** AUTHENTICATE. */
  readonly user?: string | undefined;
  readonly domain?: string | undefined;
  readonly workstation?: string | undefined;
  readonly version?: 'ntlmv1' | 'ntlmv2' | 'anonymous' | undefined;
  /** AUTHENTICATE: the answer to the challenge, a copy; the NT one, or LM's where it stands alone. */
  readonly response?: Uint8Array | undefined;
  /** CHALLENGE: what the server says of itself. */
  readonly nbComputer?: string | undefined;
  readonly nbDomain?: string | undefined;
  readonly dnsComputer?: string | undefined;
  readonly dnsDomain?: string | undefined;
  readonly dnsTree?: string | undefined;
}

const SIGNATURE = [0x4e, 0x54, 0x4c, 0x4d, 0x53, 0x53, 0x50, 0x00];
const UNICODE = 1;
/** Longest name that is read, in bytes. */
const MAX_NAME = 1024;

const UTF16 = new TextDecoder('utf-16le');
const LATIN1 = new TextDecoder('latin1');

const u16 = (bytes: Uint8Array, at: number): number => (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8);
const u32 = (bytes: Uint8Array, at: number): number => (u16(bytes, at) | (u16(bytes, at + 2) << 16)) >>> 0;

export const isNtlm = (bytes: Uint8Array, at = 0): boolean =>
  bytes.length - at >= 12 && SIGNATURE.every((byte, i) => bytes[at + i] === byte);

/** A field's bytes: length, capacity and offset at `at`; undefined where it lies outside. */
const field = (bytes: Uint8Array, at: number): Uint8Array | undefined => {
  if (at + 8 > bytes.length) return undefined;
  const length = u16(bytes, at);
  const offset = u32(bytes, at + 4);
  return offset + length > bytes.length ? undefined : bytes.subarray(offset, offset + length);
};

const text = (bytes: Uint8Array | undefined, unicode: boolean): string | undefined => {
  if (bytes === undefined || bytes.length === 0) return undefined;
  return (unicode ? UTF16 : LATIN1).decode(bytes.subarray(0, MAX_NAME)) || undefined;
};

const AV_NAMES: Readonly<
  Record<number, 'nbComputer' | 'nbDomain' | 'dnsComputer' | 'dnsDomain' | 'dnsTree'>
> = {
  1: 'nbComputer',
  2: 'nbDomain',
  3: 'dnsComputer',
  4: 'dnsDomain',
  5: 'dnsTree',
};

const targetInfo = (bytes: Uint8Array): Partial<NtlmMessage> => {
  const found: Record<string, string | undefined> = {};
  for (let at = 0; at + 4 <= bytes.length;) {
    const id = u16(bytes, at);
    const end = at + 4 + u16(bytes, at + 2);
    if (id === 0 || end > bytes.length) break;
    const name = AV_NAMES[id];
    if (name) found[name] = text(bytes.subarray(at + 4, end), true);
    at = end;
  }
  return found;
};

/** The message at the beginning of `bytes`; undefined where there is none. Fields that lie outside are absent. */
export const ntlmMessage = (bytes: Uint8Array): NtlmMessage | undefined => {
  if (!isNtlm(bytes)) return undefined;
  const type = u32(bytes, 8);
  if (type === NEGOTIATE) return { type };
  if (type === CHALLENGE) {
    if (bytes.length < 32) return undefined;
    // The list may claim more than is there: what is there is read.
    const from = bytes.length < 48 ? bytes.length : u32(bytes, 44);
    return { type, ...targetInfo(bytes.subarray(from, from + u16(bytes, 40))) };
  }
  if (type !== AUTHENTICATE || bytes.length < 52) return undefined;
  const unicode = bytes.length < 64 || (u32(bytes, 60) & UNICODE) !== 0;
  const lmResponse = field(bytes, 12);
  const ntResponse = field(bytes, 20);
  const lm = lmResponse?.length ?? 0;
  const nt = ntResponse?.length ?? 0;
  return {
    type,
    domain: text(field(bytes, 28), unicode),
    user: text(field(bytes, 36), unicode),
    workstation: text(field(bytes, 44), unicode),
    response: (nt >= 24 ? ntResponse : lm === 24 ? lmResponse : undefined)?.slice(),
    version: nt > 24 ? 'ntlmv2' : nt === 24 || lm === 24 ? 'ntlmv1' : 'anonymous',
  };
};
