/**
 * Whether a login over SSH succeeded, guessed from the lengths of what the server sends once it is encrypted. The first such segment
 * accepts the request for the service of logins; its content is 17 bytes long, padded to 24. Success is a message of one byte,
 * padded to 8: shorter by 16, whatever the cipher. Refusals all have one length of their own; Zeek guesses so too.
 */

const SUCCESS_SHORTER_BY = 16;
/** A first answer longer than this is a banner shown before logins. */
const BANNER_LONGER_BY = 256;

export class LoginGuess {
  attempts = 0;
  success: boolean | undefined;
  #clientSpoke = false;
  #accept = 0;
  #refusal = 0;
  #bannerSeen = false;

  /** A segment of encrypted bytes; answers whether the guess is final. */
  segment(length: number, dir: 0 | 1): boolean {
    if (dir === 0) {
      this.#clientSpoke = true;
      return false;
    }
    if (!this.#clientSpoke) return false;
    if (this.#accept === 0) {
      this.#accept = length;
      return false;
    }
    const succeeded = length + SUCCESS_SHORTER_BY === this.#accept;
    if (this.#refusal === 0 && !succeeded) {
      if (!this.#bannerSeen && length - this.#accept > BANNER_LONGER_BY) this.#bannerSeen = true;
      else this.#refusal = length;
      return false;
    }
    if (!succeeded && length !== this.#refusal) return false;
    this.success = succeeded;
    this.attempts++;
    return succeeded;
  }
}
