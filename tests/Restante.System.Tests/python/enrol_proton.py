"""A device on qpid-proton that nobody has heard of, by SASL PLAIN or EXTERNAL; then it gets its mail."""
import os

from proton import Message, SSLDomain
from proton.utils import BlockingConnection

import gateway

certificate, certificate_key = os.environ.get("RESTANTE_CERTIFICATE"), os.environ.get("RESTANTE_CERTIFICATE_KEY")
first, wrong = os.environ.get("RESTANTE_FIRST"), os.environ.get("RESTANTE_WRONG")


def connect(password):
    tls = SSLDomain(SSLDomain.MODE_CLIENT)
    tls.set_trusted_ca_db(gateway.CA)
    tls.set_peer_authentication(SSLDomain.VERIFY_PEER_NAME)
    if certificate:
        tls.set_credentials(certificate, certificate_key, None)
    return BlockingConnection(
        f"amqps://{gateway.HOST}:{gateway.AMQP_PORT}", ssl_domain=tls, allowed_mechs="PLAIN" if password else "EXTERNAL",
        user=gateway.DEVICE if password else None, password=password, timeout=20)


def refused(password):
    try:
        connect(password)
    except Exception as refusal:
        assert "authenticat" in str(refusal).lower(), refusal
    else:
        raise AssertionError("it was let in")


if wrong:
    refused(wrong)
assert gateway.rest("GET", f"/v1/devices/{gateway.DEVICE}")[0] == 404
device = connect(first)
device.create_sender("telemetry").send(Message(body=b"hello"))
command = gateway.send("welcome")
mailbox = device.create_receiver("mailbox", credit=1)
assert mailbox.receive(timeout=20).body is not None
mailbox.accept()
device.close()
assert gateway.outcome(command)["outcome"] == "accepted"
waiting = gateway.send("for the old one")
assert gateway.rest("DELETE", f"/v1/devices/{gateway.DEVICE}")[0] == 204
refused(first)
assert gateway.rest("DELETE", f"/v1/enrolled/{gateway.DEVICE}")[0] == 204
if os.environ.get("RESTANTE_ONCE"):
    refused(first)
else:
    device = connect(first)
    status, mail = gateway.rest("GET", f"/v1/devices/{gateway.DEVICE}/mailbox")
    assert status == 200 and mail["items"] == [], mail
    assert gateway.outcome(waiting)["outcome"] == "device-removed"
    device.close()
