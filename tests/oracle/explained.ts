export const EXPLAINED: Record<
  'conversations' | 'arp',
  Record<string, { differences: number; why: string }>
> = { conversations: {}, arp: {} };
