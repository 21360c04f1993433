/** Fields of forms and parameters of URIs that hold secrets, told by what they are called. */

export const SECRET_FIELD =
  /^(pass|password|passwd|passwrd|pwd|psw|passw|passphrase|j_password|secret|user_?pass|userpassword|login_?password)$/i;
export const decoded = (text: string): string => {
  const spaced = text.replaceAll('+', ' ');
  try {
    return decodeURIComponent(spaced);
  } catch {
    // Not percent-encoded UTF-8: as it is.
    return spaced;
  }
};

const PARAMETER = /([?&;])([^=&;#?]{1,64})=([^&;#]+)/g;
const PASSWORD_OF_AUTHORITY = /^([a-z][a-z0-9+.-]{0,31}:\/\/[^/?#@:]*):[^/?#@]*@/i;

/** A URI in which no value of a parameter called like a secret is shown, and no password before the host. */
export const withoutSecrets = (uri: string): string => {
  if (!uri.includes('?') && !uri.includes('@')) return uri;
  return uri
    .replace(PASSWORD_OF_AUTHORITY, '$1:<hidden>@')
    .replace(PARAMETER, (whole, mark: string, key: string) =>
      SECRET_FIELD.test(decoded(key)) ? `${mark}${key}=<hidden>` : whole,
    );
};
