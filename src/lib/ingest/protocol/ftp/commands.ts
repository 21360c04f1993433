/** FTP's commands, and which replies go with which (RFC 959, 2228, 2389, 2428, 3659). */

const GENERAL = [421, 500, 501, 502, 503, 504, 530];

const REPLIES: Readonly<Record<string, readonly number[]>> = {
  '<init>': [120, 220, 421],
  USER: [230, 232, 331, 332, 336],
  PASS: [202, 230, 332],
  ACCT: [202, 230],
  CWD: [250, 550],
  CDUP: [200, 250, 550],
  XCWD: [250, 550],
  SMNT: [202, 250, 550],
  REIN: [120, 220],
  QUIT: [221],
  PORT: [200],
  PASV: [227],
  EPRT: [200, 522],
  EPSV: [229, 522],
  MODE: [200],
  TYPE: [200],
  STRU: [200],
  ALLO: [200, 202],
  REST: [200, 350],
  STOR: [110, 125, 150, 226, 250, 425, 426, 450, 451, 452, 532, 550, 551, 552, 553],
  STOU: [110, 125, 150, 226, 250, 425, 426, 450, 451, 452, 532, 550, 551, 552, 553],
  APPE: [110, 125, 150, 226, 250, 425, 426, 450, 451, 452, 532, 550, 551, 552, 553],
  RETR: [110, 125, 150, 226, 250, 425, 426, 450, 451, 550],
  LIST: [125, 150, 226, 250, 425, 426, 450, 451, 550],
  NLST: [125, 150, 226, 250, 425, 426, 450, 451, 550],
  MLSD: [125, 150, 226, 250, 425, 426, 450, 451, 550],
  MLST: [150, 226, 250, 550],
  RNFR: [350, 450, 550],
  RNTO: [250, 532, 553],
  DELE: [250, 450, 550],
  RMD: [250, 550],
  XRMD: [250, 550],
  MKD: [257, 550],
  XMKD: [257, 550],
  PWD: [257, 550],
  XPWD: [257, 550],
  ABOR: [225, 226],
  SYST: [215],
  STAT: [211, 212, 213, 450],
  HELP: [200, 211, 214],
  SITE: [200, 202, 214, 250],
  NOOP: [200],
  FEAT: [211],
  OPTS: [200, 451],
  SIZE: [213, 550],
  MDTM: [213, 550],
  AUTH: [232, 234, 235, 334, 335, 431, 534, 535],
  ADAT: [235, 334, 335, 535],
  PBSZ: [200],
  PROT: [200, 431, 533, 534, 536],
  CCC: [200, 533, 534],
  MIC: [],
  CONF: [],
  ENC: [],
  HOST: [220],
  LANG: [200],
  CLNT: [200],
  MACB: [200, 550],
  LPRT: [521],
  LPSV: [228, 521],
  XCUP: [200, 250, 550],
  MFMT: [213, 550],
  XCRC: [250, 550],
  XMD5: [250, 550],
};

export const isCommand = (word: string): boolean => Object.hasOwn(REPLIES, word) && word !== '<init>';

/** Words that mail protocols use as well: they say FTP on its ports only. */
const SHARED: ReadonlySet<string> = new Set([
  'AUTH',
  'HELP',
  'LIST',
  'NOOP',
  'QUIT',
  'STAT',
  'PASS',
  'USER',
  'HOST',
  'LANG',
  'MODE',
]);

export const isDistinctive = (word: string): boolean => isCommand(word) && !SHARED.has(word);

export const replyFits = (command: string, code: number): boolean =>
  (REPLIES[command]?.includes(code) ?? false) || (command !== '<init>' && GENERAL.includes(code));

/** Commands that name a file or a directory. */
export const NAMES_FILE: ReadonlySet<string> = new Set([
  'APPE',
  'CWD',
  'DELE',
  'MKD',
  'RETR',
  'RMD',
  'RNFR',
  'RNTO',
  'STOR',
  'STOU',
  'REST',
  'SIZE',
  'MDTM',
]);

/** Commands whose data connection carries a named file. */
export const MOVES_FILE: ReadonlySet<string> = new Set(['RETR', 'STOR', 'STOU', 'APPE']);

/** Commands of which a row is written: Zeek's, and the end of a session, so that one that only failed to log in has a row. */
export const LOGGED: ReadonlySet<string> = new Set([
  'APPE',
  'DELE',
  'RETR',
  'STOR',
  'STOU',
  'ACCT',
  'PORT',
  'PASV',
  'EPRT',
  'EPSV',
  'QUIT',
]);
