/**
 * Suricata rules of the kinds and in the proportions of public rule sets: contents in sticky buffers and payloads, a fifth with a regular
 * expression. They are made up: none of them is anybody's. A few of them match the benchmark's own traffic, so that alerts can be compared.
 */
import { Random } from './random.mjs';

const LETTERS = 'abcdefghijklmnopqrstuvwxyz0123456789';
/** Shares of a hundred, by kind. */
const KINDS = /** @type {const} */ ([
  ['uri', 34],
  ['agent', 10],
  ['host', 12],
  ['body', 8],
  ['sni', 12],
  ['query', 10],
  ['payload', 14],
]);

/** @param {Random} random @param {number} least @param {number} most @returns {string} */
function word(random, least, most) {
  const length = least + (random.uint32() % (most - least + 1));
  let text = '';
  for (let i = 0; i < length; i++) text += LETTERS[random.uint32() % LETTERS.length];
  return text;
}

/** @param {Random} random @returns {string} */
function kindOf(random) {
  let at = random.uint32() % 100;
  for (const [kind, share] of KINDS) {
    if (at < share) return kind;
    at -= share;
  }
  return 'uri';
}

/** @type {Record<string, (random: Random, pcre: boolean) => readonly [header: string, options: string]>} */
const WRITERS = {
  uri: (random, pcre) => {
    const [a, b] = [word(random, 4, 9), word(random, 3, 8)];
    const expression = pcre ? ` pcre:"/\\/${a}\\/[a-f0-9]{8,32}\\.${b}$/U";` : '';
    return [
      'http',
      `flow:established,to_server; http.method; content:"GET"; http.uri; content:"/${a}/"; fast_pattern; content:".${b}"; distance:0;${expression}`,
    ];
  },
  agent: (random) => [
    'http',
    `flow:established,to_server; http.user_agent; content:"${word(random, 6, 14)}"; startswith; nocase;`,
  ],
  host: (random, pcre) => {
    const name = word(random, 5, 12);
    return [
      'http',
      `flow:established,to_server; http.host; content:"${name}."; ${pcre ? `pcre:"/^${name}\\.[a-z]{2,6}$/";` : ''}`,
    ];
  },
  body: (random, pcre) => {
    const name = word(random, 5, 10);
    return [
      'http',
      `flow:established,to_client; file.data; content:"${name}"; content:"${word(random, 4, 8)}"; within:200;${pcre ? ` pcre:"/${name}\\s*=\\s*[0-9]{4,}/i";` : ''}`,
    ];
  },
  sni: (random, pcre) => {
    const name = word(random, 5, 12);
    return [
      'tls',
      `flow:established,to_server; tls.sni; dotprefix; content:".${name}.example"; endswith;${pcre ? ` pcre:"/[a-z]{4,}\\.${name}/";` : ''}`,
    ];
  },
  query: (random) => ['dns', `dns.query; content:"${word(random, 6, 14)}"; nocase;`],
  payload: (random, pcre) => {
    const bytes = Array.from({ length: 4 + (random.uint32() % 6) }, () =>
      (random.uint32() & 0xff).toString(16).padStart(2, '0'),
    );
    const name = word(random, 4, 9);
    return [
      'tcp',
      `flow:established; content:"|${bytes.join(' ')}|"; content:"${name}"; distance:0; within:128;${pcre ? ` pcre:"/${name}[0-9]{2,}/R";` : ''}`,
    ];
  },
};

/** What the benchmark's traffic has, so that there is something to find. */
const HITS = [
  [
    'http',
    'flow:established,to_server; http.method; content:"POST"; threshold:type limit,track by_src,count 5,seconds 60;',
  ],
  ['http', 'flow:established,to_client; http.stat_code; content:"404";'],
  ['dns', 'dns.query; content:"mail"; nocase;'],
  ['tls', 'flow:established,to_server; tls.sni; content:"cdn";'],
  ['http', 'flow:established,to_server; http.uri; content:".js"; pcre:"/\\.js(?:\\?|$)/U";'],
];

/**
 * @param {number} count
 * @param {number} seed
 * @returns {string} a `.rules` file
 */
export function writeRules(count, seed) {
  const random = new Random(`rules ${seed}`);
  const lines = [];
  for (let i = 0; i < count; i++) {
    const hit = HITS[i];
    const [proto, options] = hit ??
      WRITERS[kindOf(random)]?.(random, random.uint32() % 5 === 0) ?? ['tcp', ''];
    lines.push(
      `alert ${proto} any any -> any any (msg:"BENCH ${i + 1}"; ${options} classtype:misc-activity; sid:${7_000_001 + i}; rev:1;)`,
    );
  }
  return `${lines.join('\n')}\n`;
}
