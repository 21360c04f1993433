/** Content transfer encodings of mail (RFC 2045 section 6), undone as the bytes come; what is no valid code is passed over. */

export interface Decoder {
  data(bytes: Uint8Array): Uint8Array;
  end(): Uint8Array;
}

const EMPTY = new Uint8Array(0);
const LF = 0x0a;
const CR = 0x0d;
const EQUALS = 0x3d;

const SEXTETS = new Int8Array(256).fill(-1);
for (const [value, letter] of [
  ...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/',
].entries())
  SEXTETS[letter.charCodeAt(0)] = value;

class Base64 implements Decoder {
  #bits = 0;
  #count = 0;

  data(bytes: Uint8Array): Uint8Array {
    const out = new Uint8Array(Math.ceil(((bytes.length + 3) * 3) / 4));
    let size = 0;
    for (const byte of bytes) {
      const value = SEXTETS[byte];
      if (value < 0) {
        // Padding ends a group.
        if (byte === EQUALS) this.#count = this.#bits = 0;
        continue;
      }
      this.#bits = ((this.#bits << 6) | value) & 0xffff;
      this.#count += 6;
      if (this.#count < 8) continue;
      this.#count -= 8;
      out[size++] = (this.#bits >> this.#count) & 0xff;
    }
    return out.subarray(0, size);
  }

  end(): Uint8Array {
    return EMPTY;
  }
}

const hexValue = (byte: number): number => {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
};

class QuotedPrintable implements Decoder {
  /** Bytes since an equals sign. */
  readonly #held: number[] = [];

  data(bytes: Uint8Array): Uint8Array {
    const out = new Uint8Array(bytes.length + 2);
    const held = this.#held;
    let size = 0;
    for (const byte of bytes) {
      if (held.length === 0) {
        if (byte === EQUALS) held.push(byte);
        else out[size++] = byte;
        continue;
      }
      held.push(byte);
      if (held.length === 2) {
        if (byte === LF) held.length = 0;
        continue;
      }
      const [, first, second] = held;
      held.length = 0;
      if (first === CR && second === LF) continue;
      const high = hexValue(first);
      const low = hexValue(second);
      if (high >= 0 && low >= 0) out[size++] = high * 16 + low;
      else {
        out[size++] = EQUALS;
        out[size++] = first;
        out[size++] = second;
      }
    }
    return out.subarray(0, size);
  }

  end(): Uint8Array {
    const rest = Uint8Array.from(this.#held);
    this.#held.length = 0;
    return rest;
  }
}

class Identity implements Decoder {
  data(bytes: Uint8Array): Uint8Array {
    return bytes;
  }

  end(): Uint8Array {
    return EMPTY;
  }
}

/** Of a Content-Transfer-Encoding's value; unknown ones are taken as they are. */
export const decoderFor = (encoding: string | undefined): Decoder => {
  switch (encoding?.trim().toLowerCase()) {
    case 'base64':
      return new Base64();
    case 'quoted-printable':
      return new QuotedPrintable();
    default:
      return new Identity();
  }
};

/** A whole base64 text, as logins have it. */
export const fromBase64 = (bytes: Uint8Array): Uint8Array => new Base64().data(bytes);
