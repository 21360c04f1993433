import { expect, it } from 'vitest';
import { parsePing } from './ping.ts';

it('reads what came back, and how long it took', () => {
  const answered = `PING 127.0.0.1 (127.0.0.1) 56(84) bytes of data.

--- 127.0.0.1 ping statistics ---
4 packets transmitted, 3 received, 25% packet loss, time 612ms
rtt min/avg/max/mdev = 0.021/0.035/0.052/0.011 ms
`;
  expect(parsePing(answered)).toEqual({
    sent: 4,
    received: 3,
    min_ms: 0.021,
    avg_ms: 0.035,
    max_ms: 0.052,
    deviation_ms: 0.011,
  });
});

it('nobody answers; macOS and busybox have words of their own', () => {
  const silent = '4 packets transmitted, 0 received, +4 errors, 100% packet loss, time 3060ms\n';
  expect(parsePing(silent)).toMatchObject({ sent: 4, received: 0, avg_ms: null, deviation_ms: null });
  const other =
    '2 packets transmitted, 2 packets received, 0.0% packet loss\nround-trip min/avg/max = 1.5/2.5/3.5 ms\n';
  expect(parsePing(other)).toMatchObject({ received: 2, min_ms: 1.5, max_ms: 3.5, deviation_ms: null });
  expect(parsePing('ping: unknown host')).toBeUndefined();
});
