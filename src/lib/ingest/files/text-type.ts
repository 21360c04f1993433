/** Types of text by how it begins: mark-up, scripts, JSON, or plain. */

/** Characters in a row, from the start, that make bytes text. */
const PLAIN_CHARACTERS = 10;
/** Comments and declarations that are skipped before the first element. */
const MAX_PROLOGUE = 64;

const isSpace = (c: number): boolean => c === 0x20 || c === 0x09 || c === 0x0a || c === 0x0d;

/** Length of a byte order mark. */
const markOf = (bytes: Uint8Array): number => {
  const [a, b, c, d] = bytes;
  if (a === 0xef && b === 0xbb && c === 0xbf) return 3;
  if (a === 0 && b === 0 && c === 0xfe && d === 0xff) return 4;
  if (a === 0xff && b === 0xfe) return c === 0 && d === 0 ? 4 : 2;
  return a === 0xfe && b === 0xff ? 2 : 0;
};

const isPlain = (bytes: Uint8Array, from: number): boolean => {
  if (bytes.length < from + PLAIN_CHARACTERS) return false;
  for (let i = from; i < from + PLAIN_CHARACTERS; i++) {
    const c = bytes[i] ?? 0;
    if (!((c >= 0x20 && c <= 0x7e) || (c >= 0x09 && c <= 0x0d))) return false;
  }
  return true;
};

const skipSpace = (text: string, from: number): number => {
  let i = from;
  while (i < text.length && isSpace(text.charCodeAt(i))) i++;
  return i;
};

const JSON_STARTS = '"[{0123456789';

/** An object: a key, a colon, and the beginning of a value. */
const isJsonObject = (text: string, from: number): boolean => {
  let i = skipSpace(text, from + 1);
  if (text[i] === '}') return skipSpace(text, i + 1) === text.length;
  if (text[i] === '"') {
    const end = text.indexOf('"', i + 1);
    if (end < i + 2) return false;
    i = end + 1;
  } else {
    const start = i;
    while (i < text.length && /[A-Za-z0-9_\\]/.test(text[i] ?? '')) i++;
    if (i === start || !/[A-Za-z]/.test(text[start] ?? '')) return false;
  }
  i = skipSpace(text, i);
  if (text[i] !== ':') return false;
  i = skipSpace(text, i + 1);
  return (
    (i < text.length && JSON_STARTS.includes(text[i] ?? ' ')) ||
    text.startsWith('true', i) ||
    text.startsWith('false', i)
  );
};

/** A list: of lists or objects, or of more than one value. */
const isJsonList = (text: string, from: number): boolean => {
  let i = skipSpace(text, from + 1);
  if (text[i] === ']') return skipSpace(text, i + 1) === text.length;
  if (text[i] === '{' || text[i] === '[') return true;
  if (text[i] === '"') {
    const end = text.indexOf('"', i + 1);
    if (end < i + 2) return false;
    i = end + 1;
  } else if (text.startsWith('true', i)) i += 4;
  else if (text.startsWith('false', i)) i += 5;
  else {
    const number = /^[0-9]+(\.[0-9]+)?/.exec(text.slice(i, i + 64));
    if (number === null) return false;
    i += number[0].length;
  }
  return text[skipSpace(text, i)] === ',';
};

/** What an interpreter line (`#!/usr/bin/env python`) names. */
const INTERPRETERS: readonly (readonly [RegExp, string])[] = [
  [/^(ba|tc|c|z|fa|ae|k|da)?sh/, 'text/x-shellscript'],
  [/^perl/, 'text/x-perl'],
  [/^ruby/, 'text/x-ruby'],
  [/^python/, 'text/x-python'],
  [/^[gn]?awk/, 'text/x-awk'],
  [/^(wish|tcl)/, 'text/x-tcl'],
  [/^lua/, 'text/x-lua'],
  [/^node/, 'application/javascript'],
  [/^php/, 'text/x-php'],
];

const typeOfScript = (text: string): string | undefined => {
  const line = text.slice(2, text.search(/[\n\r]|$/));
  const program = /bin\/(?:env\s+)?(\w+)/.exec(line.slice(0, 80))?.[1];
  if (program === undefined) return undefined;
  return INTERPRETERS.find(([name]) => name.test(program))?.[1];
};

/** First elements that name a format, lower case. */
const ELEMENTS: readonly (readonly [RegExp, string])[] = [
  [/^<!doctype +html/, 'text/html'],
  [/^<(html|head|title|body)/, 'text/html'],
  [/^<meta +http-equiv/, 'text/html'],
  [/^<(!doctype +)?cross-domain-policy/, 'text/x-cross-domain-policy'],
  [/^<feed[^>]{0,512}xmlns=["']?http:\/\/www.w3.org\/2005\/atom/, 'text/atom'],
  [/^<rss/, 'text/rss'],
  [/^<soap(-env)?:envelope/, 'application/soap+xml'],
  [/^<methodresponse>/, 'application/xml-rpc'],
  [/^<manifest\s+xmlns="http:\/\/ns\.adobe\.com\/f4m\//, 'application/f4m'],
  [/^<jnlp /, 'application/x-java-jnlp-file'],
  [/^<script\s+(type|language)=["']?(text\/)?javascript/, 'application/javascript'],
  [/^<script>\s*(var|function) /, 'application/javascript'],
];

const typeOfMarkup = (text: string, from: number): string | undefined => {
  let i = from;
  let xml = false;
  for (let turn = 0; turn < MAX_PROLOGUE; turn++) {
    i = skipSpace(text, i);
    if (text.startsWith('<!--', i)) {
      const end = text.indexOf('-->', i + 4);
      if (end < 0) return xml ? 'application/xml' : undefined;
      i = end + 3;
    } else if (!xml && text.startsWith('<?xml ', i)) {
      xml = true;
      const end = text.indexOf('?>', i);
      if (end < 0) return 'application/xml';
      i = end + 2;
    } else break;
  }
  const start = text.slice(i, i + 640).toLowerCase();
  return ELEMENTS.find(([element]) => element.test(start))?.[1] ?? (xml ? 'application/xml' : undefined);
};

/** The type of text that begins with `bytes`; undefined where they are not text. */
export const typeOfText = (bytes: Uint8Array): string | undefined => {
  const mark = markOf(bytes);
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
  const start = skipSpace(text, mark);
  switch (text[start]) {
    case '{':
      if (isJsonObject(text, start)) return 'text/json';
      break;
    case '[':
      if (isJsonList(text, start)) return 'text/json';
      break;
    case '<': {
      const markup = typeOfMarkup(text, start);
      if (markup !== undefined) return markup;
      break;
    }
    case '#':
      if (start === 0 && text[1] === '!') {
        const script = typeOfScript(text);
        if (script !== undefined) return script;
      }
      break;
    default:
      if (
        text.startsWith('for (;;);', start) ||
        /^document\.write(ln)? ?\(/.test(text.slice(start, start + 24)) ||
        /^\(function\(\)\s*\{/.test(text.slice(start, start + 64))
      )
        return 'application/javascript';
  }
  if (text.slice(0, text.search(/[\n\r]|$/)).includes('<?php')) return 'text/x-php';
  return isPlain(bytes, mark) ? 'text/plain' : undefined;
};
