"""A device with a certificate and an intermediate, in TLS sessions that are resumed; its authority is removed while it is connected."""
import os
import socket
import ssl
import struct

import gateway

CERTIFICATE = os.environ["RESTANTE_CERTIFICATE"]
KEY = os.environ["RESTANTE_CERTIFICATE_KEY"]


def connect(context, session=None):
    """Opens an MQTT connection without user name and password; returns the socket and the return code of CONNACK."""
    raw = socket.create_connection((gateway.HOST, gateway.MQTT_PORT), timeout=20)
    tls = context.wrap_socket(raw, server_hostname=gateway.HOST, session=session)
    name = b"resumed"
    body = b"\x00\x04MQTT\x04\x02" + struct.pack(">H", 60) + struct.pack(">H", len(name)) + name
    tls.sendall(b"\x10" + bytes([len(body)]) + body)
    answer = b""
    while len(answer) < 4:
        read = tls.recv(4 - len(answer))
        assert read, "no CONNACK"
        answer += read
    return tls, answer[3]


contexts = []
for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
    context = ssl.create_default_context(cafile=gateway.CA)
    context.minimum_version = context.maximum_version = version
    context.load_cert_chain(CERTIFICATE, KEY)
    first, code = connect(context)
    assert code == 0 and not first.session_reused, (version, code)
    session = first.session
    first.close()
    second, code = connect(context, session)
    assert second.session_reused, version
    assert code == 0, (version, code)
    contexts.append((version, context, second.session, second))

status, _ = gateway.rest("DELETE", f"/v1/authorities/{gateway.DEVICE}")
assert status == 204, status
# The older of the two was taken over by the newer one, as both have the same client identifier.
for version, context, session, live in contexts:
    live.settimeout(20)
    try:
        assert live.recv(100) == b"", "the connection goes on"
    except (ConnectionError, ssl.SSLError):
        pass
    again, code = connect(context, session)
    assert again.session_reused, version
    assert code == 4, (version, code)
