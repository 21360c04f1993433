"""One connection that says a line now and then. keep-open.py ADDRESS PORT LINES SECONDS | keep-open.py serve ADDRESS PORT"""

import socket
import sys
import time

if sys.argv[1] == "serve":
    listening = socket.create_server((sys.argv[2], int(sys.argv[3])))
    while True:
        connection, _ = listening.accept()
        while line := connection.recv(4096):
            connection.sendall(b"+" + line)
        connection.close()
else:
    connection = socket.create_connection((sys.argv[1], int(sys.argv[2])))
    for number in range(int(sys.argv[3])):
        connection.sendall(b"\x07\x9e%04d" % number)
        connection.recv(4096)
        time.sleep(float(sys.argv[4]))
    connection.close()
