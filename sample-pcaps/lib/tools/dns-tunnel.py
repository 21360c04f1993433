"""Data in names, as tunnel programs do it: base32 of random bytes in labels, answers in TXT.

dns-tunnel.py serve ADDRESS DOMAIN
dns-tunnel.py send SERVER DOMAIN COUNT LABEL-BYTES SEED
"""

import base64
import random
import socket
import struct
import sys


def name_bytes(name):
    return b"".join(bytes([len(part)]) + part.encode() for part in name.split(".")) + b"\0"


def serve(address, domain):
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind((address, 53))
    rng = random.Random(domain)
    while True:
        query, client = sock.recvfrom(4096)
        end = 12
        while query[end] != 0:
            end += query[end] + 1
        question = query[12 : end + 5]
        text = base64.b64encode(bytes(rng.randrange(256) for _ in range(90)))
        answer = b"\xc0\x0c" + struct.pack("!HHIH", 16, 1, 0, len(text) + 1) + bytes([len(text)]) + text
        sock.sendto(query[:2] + struct.pack("!HHHHH", 0x8580, 1, 1, 0, 0) + question + answer, client)


def send(server, domain, count, label_bytes, seed):
    rng = random.Random(seed)
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.settimeout(3)
    for number in range(count):
        data = base64.b32encode(bytes(rng.randrange(256) for _ in range(label_bytes))).decode().rstrip("=").lower()
        labels = [data[i : i + 60] for i in range(0, len(data), 60)]
        name = ".".join(labels + [domain])
        query = struct.pack("!HHHHHH", rng.randrange(65536), 0x0100, 1, 0, 0, 0) + name_bytes(name) + struct.pack("!HH", 16, 1)
        sock.sendto(query, (server, 53))
        sock.recvfrom(4096)


if sys.argv[1] == "serve":
    serve(sys.argv[2], sys.argv[3])
else:
    send(sys.argv[2], sys.argv[3], int(sys.argv[4]), int(sys.argv[5]), sys.argv[6])
