import { describe, expect, it } from 'vitest';
import { mimeTypeOf } from './mime-type.ts';

const of = (text: string): string | undefined => mimeTypeOf(Buffer.from(text, 'latin1'));

describe('type of a file by content', () => {
  it.each([
    ['hello world\n', 'text/plain'],
    ['short', undefined],
    ['<!DOCTYPE html><p>', 'text/html'],
    ['\xef\xbb\xbf \r\n<!-- a --><HTML>', 'text/html'],
    ['<?xml version="1.0"?><rss version="2.0">', 'text/rss'],
    ['<?xml version="1.0"?><a/>', 'application/xml'],
    ['<svg xmlns="http://www.w3.org/2000/svg">', 'text/plain'],
    ['{"a": 1}', 'text/json'],
    ['{"a" 1, and so on}', 'text/plain'],
    ['[1, 2]', 'text/json'],
    ['[]', 'text/json'],
    ['(function() {', 'application/javascript'],
    ['#!/usr/bin/env python\n', 'text/x-python'],
    ['#!/bin/sh\n', 'text/x-shellscript'],
    ['%PDF-1.4\n', 'application/pdf'],
    ['MZ\x90\x00', 'application/x-dosexec'],
    ['\x89PNG\r\n\x1a\n', 'image/png'],
    ['GIF89a', 'image/gif'],
    ['\xff\xd8\xff\xe0', 'image/jpeg'],
    ['RIFF\x01\x00\x00\x00WEBPVP8 ', 'image/webp'],
    ['PK\x03\x04\x14\x00', 'application/zip'],
    ['CWS\x06', 'application/x-shockwave-flash'],
    ['\x1f\x8b\x08\x00', 'application/x-gzip'],
    ['\x00\x00\x00\x18ftypmp42', 'video/mp4'],
    ['\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00', 'application/x-executable'],
    ['\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b', undefined],
  ])('%j', (text, type) => {
    expect(of(text)).toBe(type);
  });
});
