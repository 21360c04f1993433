import { describe, expect, it } from 'vitest';
import { CONN_STATES } from '../model/ids.ts';
import { historyMeaning, stateMeaning } from './conn-words.ts';

describe('states and histories', () => {
  it('has words for every state', () => {
    for (const state of CONN_STATES) expect(stateMeaning(state)).not.toBe(state);
  });

  it('says who did what', () => {
    expect(historyMeaning('ShAd')).toEqual([
      'S originator: SYN',
      'h responder: SYN and ACK (handshake)',
      'A originator: pure ACK',
      'd responder: payload',
    ]);
    expect(historyMeaning(null)).toEqual([]);
  });
});
