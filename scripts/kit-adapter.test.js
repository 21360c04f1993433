import { describe, expect, it } from 'vitest';
import { hideEngine, restoreEngine } from './kit-adapter.js';

describe('the engine in import specifiers', () => {
  const code = `import { a } from '#engine/cases';const b=await import("#engine/ingest/run");const c='#engine';`;

  it('is hidden from adapter-node in static and dynamic imports, below a package that it leaves alone', () => {
    const hidden = hideEngine(code);
    expect(hidden).not.toContain('#engine/');
    expect(hidden).toMatch(
      /from '([@\w/.-]+)\/coldwire-engine\/cases';.*import\("\1\/coldwire-engine\/ingest\/run"\)/,
    );
    expect(hidden).toContain("const c='#engine'");
  });

  it('comes back as it was', () => {
    expect(restoreEngine(hideEngine(code))).toBe(code);
  });
});
