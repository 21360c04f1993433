export * from '../model/address.ts';
