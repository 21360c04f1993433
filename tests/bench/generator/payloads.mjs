/**
 * What the search for literals is measured on: literals of the kinds that rules have, and payloads, half of them text as HTTP has it and
 * half random bytes, as compressed and encrypted ones are. All are made up; the same seed gives the same bytes everywhere.
 */
import { Random } from './random.mjs';

/** @typedef {{ readonly bytes: Uint8Array, readonly nocase: boolean }} Literal */

const SYLLABLES =
  'a al an ar at be ca ce co con de di do e ed en er es ex fi ge ha he i in ing ion is it la le li lo ma me mi mo na ne no o of on or ou pa per po pre pro ra re ri ro sa se si so st sta su ta te ter th the ti to tra tri un ve vi we y'.split(
    ' ',
  );
const ONSETS =
  'b bl br c ch cl cr d dr f fl g gl gr h j k kl l m n p ph pl pr qu r s sc sh sk sl sm sn sp st str sw t th tr v w wh x y z'.split(
    ' ',
  );
const NUCLEI = 'a ai au e ea ee i ia ie o oa oo ou u ue y'.split(' ');
const CODAS = [
  '',
  '',
  '',
  ...'b ck d ff g k l ll lt m mp n nd ng nk nt p r rd rk rn rt s sh ss st t x'.split(' '),
];
const HEADERS =
  'Accept Accept-Encoding Accept-Language Authorization Cache-Control Connection Content-Encoding Content-Length Content-Type Cookie Date ETag Expires Host If-None-Match Last-Modified Location Origin Pragma Referer Server Set-Cookie Transfer-Encoding User-Agent Vary Via X-Forwarded-For X-Requested-With'.split(
    ' ',
  );
const TAGS =
  'a body br div form h1 h2 head html img input li link meta option p script span style table td tr ul'.split(
    ' ',
  );
const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const PUNCTUATION = '!#$%&*+,-./:;<=>?@[]^_{|}~';
/** Payloads of one kind in a row: about forty packets. */
const RUN = 56_000;

/** @template T @param {Random} random @param {readonly T[]} list @returns {T} */
const pick = (random, list) => /** @type {T} */ (list[random.below(list.length)]);

/** @param {Random} random @param {number} least @param {number} most */
const hex = (random, least, most) =>
  Array.from({ length: random.between(least, most) }, () => random.below(16).toString(16)).join('');

/** @param {Random} random @param {number} syllables @returns {string} a name that somebody made up: half of them of ordinary syllables */
function word(random, syllables) {
  const syllable =
    random.below(2) === 0
      ? () => pick(random, SYLLABLES)
      : () => pick(random, ONSETS) + pick(random, NUCLEI) + pick(random, CODAS);
  return Array.from({ length: syllables }, syllable).join('');
}

const WORDS = (() => {
  const random = new Random('words');
  const made = new Set();
  while (made.size < 3_000)
    made.add(Array.from({ length: random.between(1, 4) }, () => pick(random, SYLLABLES)).join(''));
  return /** @type {string[]} */ ([...made]);
})();

/** @param {Random} random @returns {string} a word of a language, the first ones far oftener than the last */
const ordinary = (random) => /** @type {string} */ (WORDS[Math.floor(WORDS.length ** random.unit()) - 1]);

/** @param {Random} random @param {number} least @param {number} most @returns {string} any bytes, a character each */
const binary = (random, least, most) =>
  Array.from({ length: random.between(least, most) }, () => String.fromCharCode(random.below(256))).join('');

/** @type {readonly ((random: Random) => string)[]} kinds of literals of four bytes and more, as often as they are named */
const KINDS = [
  (random) =>
    `/${word(random, random.between(2, 4))}.${pick(random, ['php', 'asp', 'jsp', 'cgi', 'exe', 'js'])}`,
  (random) => `/${word(random, 2)}/${word(random, 2)}/`,
  (random) => `${word(random, random.between(1, 2))}=${word(random, random.between(1, 3))}`,
  (random) =>
    `${word(random, random.between(2, 4))}.${pick(random, ['com', 'net', 'org', 'ru', 'info', 'example'])}`,
  (random) => `${pick(random, HEADERS)}: ${word(random, 2)}`,
  (random) => word(random, random.between(3, 6)).padEnd(4, 'x'),
  (random) => word(random, random.between(2, 4)).toUpperCase().padEnd(4, 'X'),
  (random) => `<${pick(random, TAGS)} ${word(random, 1)}="${word(random, 1)}`,
  (random) => hex(random, 8, 16),
  (random) => binary(random, 4, 5),
  (random) => binary(random, 6, 16),
];

/** @param {Random} random @returns {string} two or three bytes: a magic number, a word with a sign, a few bytes of code */
function short(random) {
  const kind = random.below(5);
  if (kind === 0) return binary(random, 2, 2);
  if (kind === 1) return binary(random, 3, 3);
  if (kind === 2) return word(random, 2).toUpperCase().padEnd(3, 'Z').slice(0, 3);
  if (kind === 3)
    return `${pick(random, [...PUNCTUATION])}${pick(random, [...PUNCTUATION])}${pick(random, [...BASE64])}`;
  return `${word(random, 1).padEnd(2, 'q').slice(0, 2)}${pick(random, [...PUNCTUATION])}`;
}

/**
 * Literals, none twice: a tenth shorter than four bytes, a tenth in any case.
 * @param {number} count
 * @param {number} seed
 * @returns {Literal[]}
 */
export function literals(count, seed) {
  const random = new Random(`literals ${seed}`);
  /** @type {Map<string, Literal>} */
  const all = new Map();
  while (all.size < count) {
    const nocase = all.size % 10 === 1;
    const text = all.size % 10 === 0 ? short(random) : pick(random, KINDS)(random);
    const key = text.toLowerCase();
    if (!all.has(key)) all.set(key, { bytes: Buffer.from(text, 'latin1'), nocase });
  }
  return [...all.values()];
}

/** @param {Random} random @returns {string} a request and its response */
function dialogue(random) {
  const lines = [
    `GET /${ordinary(random)}/${ordinary(random)}?${ordinary(random)}=${hex(random, 4, 32)} HTTP/1.1`,
    `Host: ${ordinary(random)}${ordinary(random)}.${pick(random, ['com', 'net', 'org'])}`,
    'User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36',
  ];
  for (let i = 0; i < 6; i++)
    lines.push(`${pick(random, HEADERS)}: ${ordinary(random)}; ${ordinary(random)}=${random.below(10_000)}`);
  lines.push(`Cookie: sid=${Array.from({ length: 60 }, () => BASE64[random.below(64)]).join('')}`, '');
  lines.push(
    'HTTP/1.1 200 OK',
    'Server: nginx',
    'Content-Type: text/html; charset=utf-8',
    `ETag: "${hex(random, 16, 16)}"`,
    '',
  );
  for (let i = 0; i < 60; i++) {
    const tag = pick(random, TAGS);
    const said = Array.from({ length: random.between(2, 12) }, () => ordinary(random)).join(' ');
    lines.push(`<${tag} class="${ordinary(random)}-${ordinary(random)}">${said}</${tag}>`);
  }
  return lines.join('\r\n');
}

/**
 * Payloads, one behind the other; some of the literals were put into the text.
 * @param {number} length
 * @param {number} seed
 * @param {readonly Literal[]} planted
 * @returns {Buffer}
 */
export function payloads(length, seed, planted) {
  const random = new Random(`payloads ${seed}`);
  const bytes = Buffer.alloc(length);
  for (let at = 0; at < length; at += RUN) {
    const end = Math.min(length, at + RUN);
    if ((at / RUN) % 2 === 1) {
      for (let i = at; i < end; i++) bytes[i] = random.below(256);
      continue;
    }
    for (let i = at; i < end;) i += bytes.write(dialogue(random), i, end - i, 'latin1') || end - i;
    const one = pick(random, planted);
    bytes.set(one.bytes, at + random.below(end - at - one.bytes.length));
  }
  return bytes;
}
