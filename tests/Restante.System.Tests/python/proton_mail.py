"""A device and a service on qpid-proton: telemetry with its types, a command that waited, its outcome, a large message."""
from proton import Message, int32, symbol, timestamp, ulong

import gateway
from proton_peer import connect, flush, service

device, backend = connect(), service()

properties = {"text": "grüße", "int": int32(-7), "ulong": ulong(2**63), "flag": True, "real": 1.5, "when": timestamp(1700000000000)}
bodies = [b"bytes", "text", {"a": 1, "b": [1, 2, 3]}, 17, "x" * 150_000]
telemetry = device.create_sender("telemetry/types")
for body in bodies:
    telemetry.send(Message(body=body, properties=properties, content_type="application/x-test", subject="s", correlation_id="c-1"))

readers = backend.create_receiver("telemetry", credit=200)
seen = []
while len(seen) < len(bodies):
    message = readers.receive(timeout=20)
    readers.accept()
    if message.annotations[symbol("x-opt-restante-device")] != gateway.DEVICE:
        continue
    seen.append(message.body)
    assert message.annotations[symbol("x-opt-restante-channel")] == "types", message.annotations
    assert dict(message.properties) == properties, message.properties
    assert type(message.properties["int"]) is int32 and type(message.properties["ulong"]) is ulong
    assert (message.content_type, message.subject, message.correlation_id) == ("application/x-test", "s", "c-1")
assert seen == bodies, seen

commands = backend.create_sender(f"devices/{gateway.DEVICE}")
for number in range(20):
    commands.send(Message(id=f"command-{number}", body=f"do {number}".encode(), ttl=60, properties={"number": number}))

# A reader of its own, by the name of a policy, so that the scripts do not take each other's outcomes.
status, _ = gateway.rest("POST", "/v1/policies", {"name": gateway.DEVICE, "rights": ["send"]})
assert status == 201, status
outcomes = backend.create_receiver(f"outcomes/{gateway.DEVICE}", credit=50)
mailbox = device.create_receiver("mailbox", credit=7)
for number in range(20):
    message = mailbox.receive(timeout=20)
    assert (message.id, message.body, message.properties["number"]) == (f"command-{number}", f"do {number}".encode(), number)
    assert 0 < message.ttl <= 60 and message.delivery_count == 0
    mailbox.accept()
flush(device)

accepted = []
while len(accepted) < 20:
    message = outcomes.receive(timeout=20)
    outcomes.accept()
    if message.properties["device"] == gateway.DEVICE:
        assert message.subject == "accepted" and message.properties["delivery-count"] == 1
        accepted.append(message.correlation_id)
assert accepted == [f"command-{number}" for number in range(20)], accepted

late = backend.create_sender("devices")
late.send(Message(address=gateway.DEVICE, id="by-to", body=b"by the property to"))
assert mailbox.receive(timeout=20).id == "by-to"
mailbox.accept()
device.close()
backend.close()
