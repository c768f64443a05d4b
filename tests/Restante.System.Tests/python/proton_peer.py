"""qpid-proton's blocking client, connected as a device or as a service."""
from proton import SSLDomain
from proton.utils import BlockingConnection

import gateway


def connect(user=None, password=None, **options):
    tls = SSLDomain(SSLDomain.MODE_CLIENT)
    tls.set_trusted_ca_db(gateway.CA)
    tls.set_peer_authentication(SSLDomain.VERIFY_PEER_NAME)
    return BlockingConnection(
        f"amqps://{gateway.HOST}:{gateway.AMQP_PORT}",
        user=user or gateway.DEVICE,
        password=password or gateway.DEVICE_KEY,
        ssl_domain=tls,
        allowed_mechs="PLAIN",
        timeout=20,
        **options)


def service():
    return connect("policy/admin", gateway.ADMIN_KEY)


def flush(connection):
    """The blocking client writes dispositions only while it waits for something."""
    connection.create_sender("telemetry/flush").close()
