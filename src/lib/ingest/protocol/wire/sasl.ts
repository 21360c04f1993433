/** Logins of SASL in mail protocols (RFC 4616 PLAIN, LOGIN, RFC 2195 CRAM-MD5), a client's answers one after the other. */

import type { Credential } from '../contract.ts';
import { fromBase64 } from './transfer-encoding.ts';
import { bytesText } from './text.ts';

const MAX_SECRET = 1024;

export class SaslLogin {
  readonly #mechanism: string;
  #user: string | undefined;
  #secret: Uint8Array | undefined;
  #answers = 0;

  constructor(mechanism: string) {
    this.#mechanism = mechanism.toUpperCase();
  }

  /** A line of the client: base64, or `*` to give up. */
  answer(line: Uint8Array): void {
    const bytes = fromBase64(line.subarray(0, 4 * MAX_SECRET));
    const number = this.#answers++;
    if (this.#mechanism === 'PLAIN') {
      const [, user, secret] = splitAtZero(bytes);
      if (!user || !secret) return;
      this.#user = bytesText(user);
      this.#secret = secret;
    } else if (this.#mechanism === 'LOGIN') {
      if (number === 0) this.#user = bytesText(bytes);
      else if (number === 1) this.#secret = bytes;
    } else if (this.#mechanism === 'CRAM-MD5') {
      const space = bytes.lastIndexOf(0x20);
      if (space <= 0) return;
      this.#user = bytesText(bytes, 0, space);
      this.#secret = bytes.subarray(space + 1);
    } else if (this.#mechanism === 'XOAUTH2' || this.#mechanism === 'OAUTHBEARER') {
      this.#user ??= oauthUser(bytesText(bytes, 0, MAX_SECRET));
    }
  }

  /** What is known, once the server said whether it liked it. */
  found(service: string, success: boolean | undefined): Credential | undefined {
    if (this.#user === undefined && this.#secret === undefined) return undefined;
    const bytes = this.#secret?.slice(0, MAX_SECRET);
    return {
      service,
      kind: this.#mechanism.toLowerCase(),
      user: this.#user,
      ...(this.#mechanism === 'CRAM-MD5' ? { material: bytes } : { secret: bytes }),
      success,
    };
  }
}

const splitAtZero = (bytes: Uint8Array): Uint8Array[] => {
  const first = bytes.indexOf(0);
  const second = first < 0 ? -1 : bytes.indexOf(0, first + 1);
  if (second < 0) return [];
  return [bytes.subarray(0, first), bytes.subarray(first + 1, second), bytes.subarray(second + 1)];
};

/** `user=NAME` up to a byte 1, or RFC 7628's `a=NAME,`. */
const oauthUser = (text: string): string | undefined => {
  const found = /(?:^user=|^n,a=)([^,\\]{1,256})/.exec(text);
  return found?.[1];
};
