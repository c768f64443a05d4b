"""A device on qpid-proton: by its key it asks for a certificate, connects with it, renews it, and has its keys taken away."""
import os
import subprocess

from proton import Message, SSLDomain
from proton.utils import BlockingConnection, SendException

import gateway

DIRECTORY = os.environ["RESTANTE_DIRECTORY"]
KEY = os.path.join(DIRECTORY, "device.key")


def request(name):
    """A signing request by openssl, for whatever name."""
    return subprocess.run(
        ["openssl", "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-noenc", "-subj", f"/CN={name}",
         "-addext", f"subjectAltName=DNS:{name}", "-keyout", KEY], check=True, capture_output=True).stdout


def connect(certificate=None, key=None, password=None):
    tls = SSLDomain(SSLDomain.MODE_CLIENT)
    tls.set_trusted_ca_db(gateway.CA)
    tls.set_peer_authentication(SSLDomain.VERIFY_PEER_NAME)
    if certificate:
        tls.set_credentials(certificate, key, None)
    return BlockingConnection(
        f"amqps://{gateway.HOST}:{gateway.AMQP_PORT}", ssl_domain=tls, user=gateway.DEVICE if password else None, password=password,
        allowed_mechs="EXTERNAL" if certificate else "PLAIN", timeout=30)


def ask(device, subject, identifier, body):
    questions = device.create_sender(f"inquiries/{subject}")
    questions.send(Message(id=identifier, body=body))
    questions.close()
    mailbox = device.create_receiver("mailbox", credit=1)
    answer = mailbox.receive(timeout=30)
    mailbox.accept()
    mailbox.close()
    assert answer.correlation_id == identifier and answer.properties["final"], answer
    return answer


def subject_of(pem):
    return subprocess.run(["openssl", "x509", "-noout", "-subject", "-nameopt", "RFC2253"], input=pem.encode(), check=True, capture_output=True).stdout.decode()


def keep(answer, name):
    path = os.path.join(DIRECTORY, name)
    with open(path, "w", encoding="ascii") as file:
        file.write(answer.body)
    return path


device = connect(password=gateway.DEVICE_KEY)
answer = ask(device, "$certificate", "c-1", request("somebody-else"))
assert answer.content_type == "application/pem-certificate-chain" and answer.properties["slot"] == "secondary", answer
assert f"CN={gateway.DEVICE}" in subject_of(answer.body) and "somebody" not in subject_of(answer.body), subject_of(answer.body)
first = keep(answer, "first.crt")
try:
    device.create_sender("inquiries/$certificate").send(Message(id="c-2", body=b"no request"))
except SendException as refused:
    pass
else:
    raise AssertionError("what is no request was taken")
device.close()

device = connect(first, KEY)
second = keep(ask(device, "$certificate", "c-3", request(gateway.DEVICE)), "second.crt")
device.close()
device = connect(second, KEY)
assert '"primary":"none"' in ask(device, "$retire", "r-1", b"").body
device.create_sender("telemetry").send(Message(body=b"by certificate"))
device.close()
try:
    connect(password=gateway.DEVICE_KEY)
except Exception as refused:
    assert "authenticat" in str(refused).lower() or "mech" in str(refused).lower(), refused
else:
    raise AssertionError("a key that was retired was let in")
