/** Fields of forms and parameters of URIs that hold secrets, told by what they are called. */

const SECRET_FIELD =
  /^((user|login|new|old|current|confirm|repeat|j)?[_-]?(pass|password|passwd|passwrd|pwd|psw|passw|passphrase|passcode)([_-]?([12]|confirm|confirmation|again|repeat|new|old))?|(client[_-]?)?secret)$/i;
const USER_FIELD =
  /^(user|username|user[_-]?name|userid|user[_-]?id|user[_-]?login|user[_-]?email|uname|usr|login|login[_-]?(name|id)|log|email|e-mail|mail|account|identifier|j_username)$/i;

/** What frameworks put around a field's name: `user[password]`, `ctl00$main$txtPassword`, `form:password`. */
const bare = (name: string): string =>
  name
    .replace(/\]$/, '')
    .replace(/^.*[[$.:]/, '')
    .replace(/^(txt|tb|input)(?=[A-Z_])_?/, '');

export const isSecretField = (name: string): boolean => SECRET_FIELD.test(bare(name));
export const isUserField = (name: string): boolean => USER_FIELD.test(bare(name));

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
      isSecretField(decoded(key)) ? `${mark}${key}=<hidden>` : whole,
    );
};
