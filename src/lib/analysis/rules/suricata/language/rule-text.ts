/** A rule file as lines, and a rule as its parts; nothing of what the parts mean. */

/** One rule of a file. */
export interface RuleLine {
  /** Continuation lines joined. */
  readonly text: string;
  /** From 1. */
  readonly line: number;
  /** False where it is commented out. */
  readonly active: boolean;
}

/** Characters of a rule: Suricata's own limit is 8,192. */
export const MAX_RULE = 65_536;
const TOO_LONG = MAX_RULE + 1;

/** Rules of a file, those commented out too; other comments and empty lines are left out. A backslash at the end of a line goes on with the next. */
export const ruleLines = (text: string): RuleLine[] => {
  const rules: RuleLine[] = [];
  let joined = '';
  let began = 0;
  const end = (): void => {
    const isLong = joined.length > MAX_RULE;
    // Of what is too long to be a rule enough is left to say so; nothing is searched for in it.
    const written = (isLong ? joined.slice(0, TOO_LONG) : joined).trim();
    const active = !written.startsWith('#');
    const rule = written.replace(/^[#\s]+/u, '');
    if (active ? rule !== '' : !isLong && COMMENTED_OUT.test(rule)) rules.push({ text: rule, line: began, active });
    joined = '';
  };
  text
    .replace(/^\ufeff/u, '')
    .split('\n')
    .forEach((raw, at) => {
      const line = raw.replace(/\r$/u, '');
      if (joined === '') began = at + 1;
      const goesOn = /\\\s*$/u.test(line);
      const part = goesOn ? line.replace(/\\\s*$/u, '') : line;
      joined += joined === '' ? part : part.replace(/^\s*#?\s*/u, ' ');
      if (!goesOn) end();
    });
  end();
  return rules;
};

/** A comment that is a rule. */
const COMMENTED_OUT = /^(?:alert|drop|pass|reject\w*|config)\s+\S+\s.*\(.*\)\s*$/u;

export interface OptionText {
  readonly keyword: string;
  /** As written, trimmed; undefined where no colon follows the keyword. */
  readonly value: string | undefined;
}

export interface RuleParts {
  readonly action: string;
  readonly proto: string;
  readonly src: string;
  readonly srcPorts: string;
  readonly direction: string;
  readonly dst: string;
  readonly dstPorts: string;
  readonly options: readonly OptionText[];
}

/** @returns one sentence where the text has not the form of a rule */
export const ruleParts = (text: string): RuleParts | string => {
  if (text.length >= MAX_RULE) return `It is longer than ${MAX_RULE} characters.`;
  const open = text.indexOf('(');
  if (open < 0) return 'It has no options: they stand in parentheses after the header.';
  const header = headerTokens(text.slice(0, open));
  if (header.length !== 7) return `Its header has ${header.length} parts where 7 are expected: action protocol address port direction address port.`;
  const options = optionTexts(text.slice(open + 1).replace(/[\s)]+$/u, ''));
  if (typeof options === 'string') return options;
  const [action, proto, src, srcPorts, direction, dst, dstPorts] = header;
  return { action, proto, src, srcPorts, direction, dst, dstPorts, options };
};

/** Divided at white space outside brackets, so that `[80, 81]` is one part. */
const headerTokens = (header: string): string[] => {
  const tokens: string[] = [];
  let token = '';
  let depth = 0;
  for (const c of header) {
    if (c === '[') depth++;
    else if (c === ']') depth--;
    if (/\s/u.test(c) && depth <= 0) {
      if (token !== '') tokens.push(token);
      token = '';
    } else token += c;
  }
  if (token !== '') tokens.push(token);
  return tokens;
};

/** What a rule may have between two semicolons. */
const MAX_OPTION = 8_192;

const optionTexts = (body: string): OptionText[] | string => {
  const options: OptionText[] = [];
  let at = 0;
  while (at < body.length) {
    const end = endOfOption(body, at);
    const written = body.slice(at, end).trim();
    if (end === body.length && written !== '') return `Its option “${short(written)}” does not end with a semicolon.`;
    at = end + 1;
    if (written === '') {
      if (body.slice(at).trim() === '' && options.length > 0) break;
      return 'An option is empty: two semicolons follow each other.';
    }
    if (written.length > MAX_OPTION) return `An option is longer than ${MAX_OPTION} characters.`;
    const colon = written.indexOf(':');
    options.push(
      colon < 0
        ? { keyword: written, value: undefined }
        : { keyword: written.slice(0, colon).trim(), value: written.slice(colon + 1).trim() },
    );
  }
  return options.length > 0 ? options : 'It has no options.';
};

/** The next semicolon that no backslash stands before. */
const endOfOption = (body: string, from: number): number => {
  for (let at = from; at < body.length; at++) {
    if (body[at] === '\\') at++;
    else if (body[at] === ';') return at;
  }
  return body.length;
};

export const short = (text: string, length = 60): string => (text.length > length ? `${text.slice(0, length)}…` : text);
