"""A device on qpid-proton with a certificate: SASL EXTERNAL, telemetry, a command; another's certificate is refused."""
import os

from proton import Message, SSLDomain
from proton.utils import BlockingConnection

import gateway


def connect(certificate, key, mechanisms="EXTERNAL"):
    tls = SSLDomain(SSLDomain.MODE_CLIENT)
    tls.set_trusted_ca_db(gateway.CA)
    tls.set_peer_authentication(SSLDomain.VERIFY_PEER_NAME)
    if certificate:
        tls.set_credentials(certificate, key, None)
    return BlockingConnection(
        f"amqps://{gateway.HOST}:{gateway.AMQP_PORT}", ssl_domain=tls, allowed_mechs=mechanisms, timeout=20)


device = connect(os.environ["RESTANTE_CERTIFICATE"], os.environ["RESTANTE_CERTIFICATE_KEY"])
telemetry = device.create_sender("telemetry")
telemetry.send(Message(body=b"by certificate", content_type="text/plain"))
command = gateway.send("by certificate")
mailbox = device.create_receiver("mailbox", credit=1)
assert mailbox.receive(timeout=20).body is not None
mailbox.accept()
telemetry.send(Message(body=b"accepted"))
device.close()
assert gateway.outcome(command)["outcome"] == "accepted"

for certificate, key in (
        (os.environ["RESTANTE_OTHER_CERTIFICATE"], os.environ["RESTANTE_OTHER_CERTIFICATE_KEY"]),
        (None, None)):
    try:
        connect(certificate, key)
    except Exception as refused:
        assert "authenticat" in str(refused).lower() or "mech" in str(refused).lower(), refused
    else:
        raise AssertionError("a certificate that is nobody's was let in")
