"""An SMTP server (aiosmtpd) with STARTTLS and AUTH that delivers into Maildirs.

argv: port, host name, certificate chain, key, accounts file (name TAB password TAB home TAB uid, a line each)
"""
import asyncio
import os
import ssl
import sys
import time

from aiosmtpd.smtp import SMTP, AuthResult

port, host_name, chain, key, accounts_file = sys.argv[1:6]
with open(accounts_file) as file:
    accounts = {name: (password, home, int(uid)) for name, password, home, uid in (line.rstrip("\n").split("\t") for line in file)}
delivered = 0


def deliver(name, content):
    global delivered
    delivered += 1
    _, home, uid = accounts[name]
    for folder in ("", "tmp", "new", "cur"):
        path = os.path.join(home, "Maildir", folder)
        os.makedirs(path, exist_ok=True)
        os.chown(path, uid, uid)
    path = os.path.join(home, "Maildir", "new", f"{time.time():.6f}.{delivered}.{host_name}")
    with open(path, "wb") as file:
        file.write(content)
    os.chown(path, uid, uid)


class Handler:
    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.split("@")[0] not in accounts:
            return "550 5.1.1 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server, session, envelope):
        for address in envelope.rcpt_tos:
            deliver(address.split("@")[0], envelope.content)
        return "250 2.0.0 queued"


def authenticate(server, session, envelope, mechanism, data):
    name, password = data.login.decode(), data.password.decode()
    return AuthResult(success=name in accounts and accounts[name][0] == password)


async def main():
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(chain, key)
    loop = asyncio.get_running_loop()

    def factory():
        return SMTP(Handler(), hostname=host_name, ident="Office mail", tls_context=context, authenticator=authenticate, auth_require_tls=False)

    server = await loop.create_server(factory, host=["0.0.0.0", "::"], port=int(port))
    await server.serve_forever()


asyncio.run(main())
