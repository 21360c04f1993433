import { it } from 'vitest';
import { runDetectors } from '../../../src/lib/analysis/detect/run.ts';
import { sealedSamples } from './sealed-sample.ts';
const names = (process.env.TRY ?? 'office-hour').split(',');
it.each(names)(
  '%s',
  async (name) => {
    const { reader, close } = await sealedSamples([name]);
    const times: string[] = [];
    const { findings, refused, ran } = await runDetectors(async (sql, params) => {
      const t = performance.now();
      try {
        return await reader.rows(sql, params, { maxRows: 1e9 });
      } finally {
        times.push((performance.now() - t).toFixed(0));
      }
    });
    close();
    console.log(name, 'refused', refused, ran.length);
    for (const f of findings)
      console.log(
        `${f.severity} ${f.rule.id}/${f.sub} ${f.title} n=${f.n} frames=${f.evidence[0]?.frames.length}\n` +
          (process.env.WHY ? f.why.map((w) => `      ${w.weight} ${w.term}: ${w.value}`).join('\n') : ''),
      );
  },
  120_000,
);
