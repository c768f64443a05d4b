"""What a device may not do, on qpid-proton: each is refused with its condition at its scope, and the connection lives on."""
from proton import ConnectionException, Message
from proton.utils import ConnectionClosed, LinkDetached, SendException

import gateway
from proton_peer import connect, service

status, _ = gateway.rest("POST", "/v1/devices", {"id": gateway.DEVICE + "-other"})
assert status == 201
device = connect()


def refused(condition, attempt):
    try:
        attempt()
    except LinkDetached as detached:
        assert detached.condition == condition, detached
    else:
        raise AssertionError(f"{condition} was expected")


refused("amqp:unauthorized-access", lambda: device.create_receiver("outcomes"))
refused("amqp:unauthorized-access", lambda: device.create_receiver("telemetry/0"))
refused("amqp:unauthorized-access", lambda: device.create_sender(f"devices/{gateway.DEVICE}-other"))
refused("amqp:unauthorized-access", lambda: device.create_sender("devices"))
refused("amqp:not-found", lambda: device.create_receiver(f"mailbox/{gateway.DEVICE}-other"))
refused("amqp:not-found", lambda: device.create_sender("nonsense"))
refused("amqp:not-found", lambda: device.create_sender("telemetry/with/too/many/parts"))
telemetry = device.create_sender("telemetry")
telemetry.send(Message(body=b"still here"))

backend = service()
refused("amqp:unauthorized-access", lambda: backend.create_receiver("mailbox"))
refused("amqp:unauthorized-access", lambda: backend.create_sender("telemetry"))
for address, message in [
        ("devices/nobody", Message(body=b"x")),
        ("devices", Message(body=b"no to")),
        (f"devices/{gateway.DEVICE}", Message(body=b"x", expiry_time=1))]:
    try:
        backend.create_sender(address).send(message)
    except SendException as rejected:
        pass
    else:
        raise AssertionError(f"{address} was expected to be rejected")

for user, password in [(gateway.DEVICE, "wrong"), ("nobody", gateway.DEVICE_KEY), ("policy/admin", gateway.DEVICE_KEY), ("policy/nobody", "x")]:
    try:
        connect(user, password)
    except (ConnectionException, ConnectionClosed) as failed:
        assert "unauthorized-access" in str(failed), failed
    else:
        raise AssertionError(f"{user} was expected to be refused")
telemetry.send(Message(body=b"and still here"))
device.close()
backend.close()
