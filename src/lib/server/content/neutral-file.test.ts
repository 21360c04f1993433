import { describe, expect, it } from 'vitest';
import { neutralHeaders, neutralName, safeName } from './neutral-file.ts';

describe('names of carved files', () => {
  it('keep only what is plain', () => {
    expect(safeName('report.pdf', 'F1')).toBe('report.pdf');
    expect(safeName('../../etc/passwd', 'F1')).toBe('passwd');
    expect(safeName('C:\\Users\\a\\évil name.exe', 'F1')).toBe('e-vil-name.exe');
    expect(safeName('.bashrc', 'F1')).toBe('bashrc');
    expect(safeName('a"\r\nSet-Cookie: x=1', 'F1')).toBe('a-Set-Cookie-x-1');
    expect(safeName('\u202egnp.exe', 'F1')).toBe('gnp.exe');
    expect(safeName('///', 'F1')).toBe('F1');
    expect(safeName(null, 'F1')).toBe('F1');
    expect(safeName('x'.repeat(300) + '.txt', 'F1')).toHaveLength(100);
  });

  it('end in .carved unless name and content are both harmless', () => {
    expect(neutralName('cat.png', 'image/png', 'F1')).toBe('cat.png');
    expect(neutralName('notes.TXT', 'text/plain', 'F1')).toBe('notes.TXT');
    expect(neutralName('cat.png', 'application/x-dosexec', 'F1')).toBe('cat.png.carved');
    expect(neutralName('setup.exe', 'image/png', 'F1')).toBe('setup.exe.carved');
    expect(neutralName('page.html', 'text/html', 'F1')).toBe('page.html.carved');
    expect(neutralName('drawing.svg', 'image/svg+xml', 'F1')).toBe('drawing.svg.carved');
    expect(neutralName('data.csv', 'text/plain', 'F1')).toBe('data.csv.carved');
    expect(neutralName(null, null, 'F1')).toBe('F1.carved');
  });

  it('go with headers under which a browser can only save them', () => {
    expect(neutralHeaders('cat.png')).toMatchObject({
      'content-type': 'application/octet-stream',
      'content-disposition': 'attachment; filename="cat.png"',
      'x-content-type-options': 'nosniff',
    });
  });
});
