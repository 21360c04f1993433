/**
 * TLS secrets of key log files (the format that NSS defined and browsers write, RFC 9850) and of pcapng's decryption secrets
 * blocks. Secrets are looked up and never written.
 */

/** Secrets type of a decryption secrets block that holds a TLS key log (draft-ietf-opsawg-pcapng). */
export const TLS_KEY_LOG = 0x544c534b;

const LINE = /^([A-Z0-9_]{1,64}) ([0-9a-f]{64}) ([0-9a-f]{2,256})$/i;
/** A megabyte of key log is some 5,000 connections; this is far beyond any capture. */
const MAX_SECRETS = 1_000_000;

export interface SecretsBlock {
  readonly type: number;
  readonly data: Uint8Array;
}

export class KeyLog {
  readonly #secrets = new Map<string, Uint8Array>();
  /** Blocks of each list that have been read; the lists grow while a capture is read. */
  readonly #lists: { readonly blocks: readonly SecretsBlock[]; read: number }[] = [];

  /** Answers how many secrets the text held; other lines (comments, unknown ones) are passed over. */
  add(text: string): number {
    const before = this.#secrets.size;
    for (const line of text.split(/\r?\n/)) {
      const found = LINE.exec(line.trim());
      if (!found || this.#secrets.size >= MAX_SECRETS) continue;
      const [, label = '', random = '', secret = ''] = found;
      if (secret.length % 2 === 0)
        this.#secrets.set(keyOf(label, random), new Uint8Array(Buffer.from(secret, 'hex')));
    }
    return this.#secrets.size - before;
  }

  /** Follows a capture's list of secrets. */
  follow(blocks: readonly SecretsBlock[]): void {
    this.#lists.push({ blocks, read: 0 });
  }

  secret(label: string, clientRandomHex: string): Uint8Array | undefined {
    for (const list of this.#lists) {
      for (; list.read < list.blocks.length; list.read++) {
        const block = list.blocks[list.read];
        if (block?.type === TLS_KEY_LOG) this.add(Buffer.from(block.data).toString('latin1'));
      }
    }
    return this.#secrets.get(keyOf(label, clientRandomHex));
  }
}

const keyOf = (label: string, random: string): string => `${label.toUpperCase()} ${random.toLowerCase()}`;
