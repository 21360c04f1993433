/*
 * The hot loop in C, as a yardstick for ours: read a pcap in 512 KB blocks, decode Ethernet, VLAN, IPv4, IPv6, TCP, UDP
 * and ICMP, count by unordered 5-tuple in an open-addressed table, and fill one column batch a 2,048 packets.
 *
 *     hot CAPTURE PASSES
 *
 * Prints a JSON line for each level, best of PASSES: each level does what the one before does, and one stage more.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define BLOCK (512 * 1024)
#define LARGEST_RECORD (262144 + 16)
#define BATCH 2048

enum level { READ, DECODE, FLOW, COLUMNS, LEVELS };
static const char *const stage[LEVELS] = {"read", "decode", "flow", "columns"};

struct headers {
  uint64_t src[2], dst[2];
  uint16_t sport, dport;
  uint8_t proto, flags;
  uint32_t payload;
};

struct flow {
  uint64_t a[2], b[2];
  uint16_t ap, bp;
  uint8_t proto, used, flags;
  uint32_t number;
  uint64_t packets[2], bytes[2], first, last;
};

static struct flow *table;
static uint32_t mask, flows;

static uint16_t be16(const uint8_t *p) { return (uint16_t)(p[0] << 8 | p[1]); }
static uint64_t be64(const uint8_t *p) {
  uint64_t v;
  memcpy(&v, p, 8);
  return __builtin_bswap64(v);
}
static uint32_t be32(const uint8_t *p) {
  uint32_t v;
  memcpy(&v, p, 4);
  return __builtin_bswap32(v);
}

/* 1: a transport header was found; 0: nothing that has a connection. */
static int decode(const uint8_t *p, uint32_t len, struct headers *h) {
  if (len < 14) return 0;
  uint32_t o = 12;
  uint16_t type = be16(p + o);
  o += 2;
  while ((type == 0x8100 || type == 0x88a8) && o + 4 <= len) {
    type = be16(p + o + 2);
    o += 4;
  }
  uint32_t end;
  if (type == 0x0800) {
    if (o + 20 > len || p[o] >> 4 != 4) return 0;
    uint32_t ihl = (p[o] & 15) * 4u;
    end = o + be16(p + o + 2);
    h->proto = p[o + 9];
    h->src[0] = h->dst[0] = 0;
    h->src[1] = 0xffff00000000ull | be32(p + o + 12);
    h->dst[1] = 0xffff00000000ull | be32(p + o + 16);
    if (be16(p + o + 6) & 0x1fff) return 0;
    o += ihl;
  } else if (type == 0x86dd) {
    if (o + 40 > len) return 0;
    end = o + 40 + be16(p + o + 4);
    h->proto = p[o + 6];
    h->src[0] = be64(p + o + 8);
    h->src[1] = be64(p + o + 16);
    h->dst[0] = be64(p + o + 24);
    h->dst[1] = be64(p + o + 32);
    o += 40;
    while (h->proto == 0 || h->proto == 43 || h->proto == 60) {
      if (o + 8 > len) return 0;
      h->proto = p[o];
      o += 8u + p[o + 1] * 8u;
    }
  } else
    return 0;
  if (end > len) end = len;
  h->flags = 0;
  if (h->proto == 6) {
    if (o + 20 > end) return 0;
    h->sport = be16(p + o);
    h->dport = be16(p + o + 2);
    h->flags = p[o + 13];
    uint32_t data = o + (p[o + 12] >> 4) * 4u;
    h->payload = data < end ? end - data : 0;
  } else if (h->proto == 17) {
    if (o + 8 > end) return 0;
    h->sport = be16(p + o);
    h->dport = be16(p + o + 2);
    h->payload = end - o - 8;
  } else {
    h->sport = h->dport = 0;
    h->payload = end > o ? end - o : 0;
  }
  return 1;
}

static void grow(void);

static uint64_t mix(uint64_t x) {
  x ^= x >> 32;
  x *= 0xd6e8feb86659fd93ull;
  x ^= x >> 32;
  return x;
}

static struct flow *find(const struct headers *h, int *reversed) {
  int turn = h->src[0] > h->dst[0] || (h->src[0] == h->dst[0] && (h->src[1] > h->dst[1] || (h->src[1] == h->dst[1] && h->sport > h->dport)));
  const uint64_t *a = turn ? h->dst : h->src, *b = turn ? h->src : h->dst;
  uint16_t ap = turn ? h->dport : h->sport, bp = turn ? h->sport : h->dport;
  uint64_t hash = mix(a[0] ^ mix(a[1] ^ mix(b[0] ^ mix(b[1] ^ mix((uint64_t)ap << 24 | (uint64_t)bp << 8 | h->proto)))));
  *reversed = turn;
  for (uint32_t i = (uint32_t)hash & mask;; i = (i + 1) & mask) {
    struct flow *f = table + i;
    if (!f->used) {
      if (flows > mask / 2) {
        grow();
        return find(h, reversed);
      }
      *f = (struct flow){.a = {a[0], a[1]}, .b = {b[0], b[1]}, .ap = ap, .bp = bp, .proto = h->proto, .used = 1, .number = ++flows};
      return f;
    }
    if (f->a[1] == a[1] && f->b[1] == b[1] && f->ap == ap && f->bp == bp && f->proto == h->proto && f->a[0] == a[0] && f->b[0] == b[0]) return f;
  }
}

static void grow(void) {
  struct flow *old = table;
  uint32_t size = mask + 1;
  mask = size * 2 - 1;
  table = calloc((size_t)mask + 1, sizeof *table);
  if (table == NULL) exit(1);
  for (uint32_t k = 0; k < size; k++) {
    struct flow *f = old + k;
    if (!f->used) continue;
    uint64_t hash = mix(f->a[0] ^ mix(f->a[1] ^ mix(f->b[0] ^ mix(f->b[1] ^ mix((uint64_t)f->ap << 24 | (uint64_t)f->bp << 8 | f->proto)))));
    uint32_t i = (uint32_t)hash & mask;
    while (table[i].used) i = (i + 1) & mask;
    table[i] = *f;
  }
  free(old);
}

static struct {
  uint64_t ts[BATCH], offset[BATCH];
  uint32_t flow[BATCH], caplen[BATCH], len[BATCH];
  uint8_t flags[BATCH];
} column;
static volatile uint64_t sink;

struct outcome {
  uint64_t packets, decoded, bytes;
  uint32_t flows;
  double seconds;
};

static struct outcome pass(const char *path, enum level level) {
  static uint8_t buffer[BLOCK + LARGEST_RECORD];
  struct outcome out = {0};
  struct timespec from, to;
  mask = (1u << 12) - 1;
  flows = 0;
  table = calloc((size_t)mask + 1, sizeof *table);
  int fd = open(path, O_RDONLY);
  if (fd < 0 || table == NULL) {
    perror(path);
    exit(1);
  }
  clock_gettime(CLOCK_MONOTONIC, &from);
  uint32_t have = 0, at = 24, fill = 0;
  uint64_t base = 0, touched = 0;
  for (;;) {
    ssize_t got = read(fd, buffer + have, BLOCK);
    if (got <= 0) break;
    have += (uint32_t)got;
    while (at + 16 <= have) {
      uint32_t seconds, fraction, caplen, len;
      memcpy(&seconds, buffer + at, 4);
      memcpy(&fraction, buffer + at + 4, 4);
      memcpy(&caplen, buffer + at + 8, 4);
      memcpy(&len, buffer + at + 12, 4);
      if (caplen > LARGEST_RECORD - 16) {
        fprintf(stderr, "a record of %u bytes at %llu\n", caplen, (unsigned long long)(base + at));
        exit(1);
      }
      if (at + 16 + caplen > have) break;
      uint64_t ts = seconds * 1000000000ull + fraction * 1000ull;
      out.packets++;
      out.bytes += len;
      touched += ts;
      if (level >= DECODE) {
        struct headers h;
        uint32_t number = 0;
        uint8_t flags = 0;
        if (decode(buffer + at + 16, caplen, &h)) {
          out.decoded++;
          touched += h.sport + h.payload + h.src[1];
          flags = h.flags;
          if (level >= FLOW) {
            int reversed;
            struct flow *f = find(&h, &reversed);
            if (f->packets[0] + f->packets[1] == 0) f->first = ts;
            f->last = ts;
            f->packets[reversed]++;
            f->bytes[reversed] += h.payload;
            f->flags |= h.flags;
            number = f->number;
          }
        }
        if (level >= COLUMNS) {
          column.ts[fill] = ts;
          column.offset[fill] = base + at;
          column.flow[fill] = number;
          column.caplen[fill] = caplen;
          column.len[fill] = len;
          column.flags[fill] = flags;
          if (++fill == BATCH) {
            fill = 0;
            touched += column.ts[BATCH - 1] + column.offset[0] + column.flow[7];
          }
        }
      }
      at += 16 + caplen;
    }
    memmove(buffer, buffer + at, have - at);
    base += at;
    have -= at;
    at = 0;
  }
  clock_gettime(CLOCK_MONOTONIC, &to);
  sink = touched;
  close(fd);
  free(table);
  out.flows = flows;
  out.seconds = (double)(to.tv_sec - from.tv_sec) + (double)(to.tv_nsec - from.tv_nsec) / 1e9;
  return out;
}

int main(int argc, char **argv) {
  if (argc != 3) {
    fprintf(stderr, "usage: hot CAPTURE PASSES\n");
    return 2;
  }
  int passes = atoi(argv[2]);
  struct outcome best[LEVELS];
  /* Levels take turns, so that a busy moment of the machine does not fall on one of them alone. */
  for (int k = 0; k < passes; k++)
    for (int level = READ; level < LEVELS; level++) {
      struct outcome o = pass(argv[1], (enum level)level);
      if (k == 0 || o.seconds < best[level].seconds) best[level] = o;
    }
  for (int level = READ; level < LEVELS; level++)
    printf("{\"stage\":\"%s\",\"packets\":%llu,\"decoded\":%llu,\"flows\":%u,\"seconds\":%.6f}\n", stage[level],
           (unsigned long long)best[level].packets, (unsigned long long)best[level].decoded, best[level].flows, best[level].seconds);
  return 0;
}
