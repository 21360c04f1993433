import { describe, expect, it } from 'vitest';
import { eventStream } from './event-stream.ts';

describe('a stream of events', () => {
  it('holds what was sent, in the form of server-sent events, and ends when told to', async () => {
    let stopped = 0;
    const response = eventStream((feed) => {
      feed.send('now', { n: 1 });
      queueMicrotask(() => {
        feed.send('now', { text: 'two\nlines' });
        feed.end();
        feed.send('now', 'too late');
      });
      return () => stopped++;
    });
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    expect(await response.text()).toBe(
      'event: now\ndata: {"n":1}\n\nevent: now\ndata: {"text":"two\\nlines"}\n\n',
    );
    expect(stopped).toBe(1);
  });

  it('cleans up once where it ends while it begins, and where its reader goes', async () => {
    let stopped = 0;
    const ended = eventStream((feed) => {
      feed.end();
      return () => stopped++;
    });
    expect(await ended.text()).toBe('');
    expect(stopped).toBe(1);
    const left = eventStream(() => () => stopped++);
    await left.body?.cancel();
    expect(stopped).toBe(2);
  });
});
