import { column, optional, recordTable } from './record-table.ts';

/**
 * Card numbers that passed by, masked where they are written (PCI DSS 3.4: first six and last four digits). No hash stands beside
 * the mask: with ten digits known, the rest of any hash is guessed in a second.
 */
export const CARD_NUMBERS = recordTable(
  'card_numbers',
  'One row a card number, connection, direction and place: in the payload as sent, and in files as decoded.',
  [
    column('is_orig', 'bool', 'sent by the originator'),
    column('brand', 'text', 'by the number: visa, mastercard, amex …'),
    column('number_masked', 'text', 'first six and last four digits'),
    column('digits', 'u8', 'how many it has'),
    column('context', 'text', 'a word nearby that speaks of cards', optional),
    column('is_test', 'bool', 'a number that payment providers publish for tests'),
    column('fuid', 'text', 'the file that holds it; absent where it was found in the payload', optional),
  ],
);
