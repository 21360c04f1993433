import { expect, it } from 'vitest';
import { SessionOrder } from './rule-events.ts';

it('a session in order has no events', () => {
  const order = new SessionOrder();
  const packets = [
    [1, 0, undefined],
    [2, 0, undefined],
    [8, 0, 1],
    [9, 0, 1],
    [3, 1, 2],
    [4, 0, 2],
    [3, 2, 3],
    [5, 0, 3],
    [6, 0, 3],
    [7, 0, 3],
    [3, 0, undefined],
  ] as const;
  expect(packets.flatMap(([type, qos, id]) => order.eventsOf(type, qos, id))).toEqual([]);
});

it('answers without their question, and messages before the connection', () => {
  const order = new SessionOrder();
  expect(order.eventsOf(3, 0, undefined)).toEqual(['unintroduced_message']);
  expect(order.eventsOf(2, 0, undefined)).toEqual(['missing_connect']);
  expect(order.eventsOf(1, 0, undefined)).toEqual([]);
  expect(order.eventsOf(1, 0, undefined)).toEqual(['double_connect']);
  expect(order.eventsOf(4, 0, 7)).toEqual(['missing_publish']);
  expect(order.eventsOf(9, 0, 7)).toEqual(['missing_subscribe']);
  expect(order.eventsOf(11, 0, 7)).toEqual(['missing_unsubscribe']);
  expect(order.eventsOf(3, 3, 9)).toEqual(['invalid_qos_level']);
  expect(order.eventsOf(8, 1, 0)).toEqual(['missing_msg_id']);
});
