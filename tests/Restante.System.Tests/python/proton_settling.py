"""Accept, reject, release, takeover and purge on qpid-proton, with the outcomes they lead to."""
from proton import Delivery, Message
from proton.utils import ConnectionClosed, LinkDetached

import gateway
from proton_peer import connect, flush, service

device = connect()
ids = [gateway.send(f"m{number}") for number in range(4)]
# One message at a time: the blocking client asks for the next one when it is told to receive.
mailbox = device.create_receiver("mailbox")

# Released messages keep their place.
message = mailbox.receive(timeout=20)
assert message.body == b"m0" or message.body == "m0", message.body
mailbox.release(delivered=False)
flush(device)
message = mailbox.receive(timeout=20)
assert message.body in (b"m0", "m0") and message.delivery_count == 1, message
mailbox.accept()
flush(device)
assert gateway.outcome(ids[0])["outcome"] == "accepted"

# Rejected for good.
message = mailbox.receive(timeout=20)
assert message.body in (b"m1", "m1")
mailbox.reject()
flush(device)
assert gateway.outcome(ids[1])["outcome"] == "rejected"

# A newer connection takes the mailbox over; the older is told and closed; what it held comes to the newer one, first.
message = mailbox.receive(timeout=20)
assert message.body in (b"m2", "m2")
newer = connect()
second = newer.create_receiver("mailbox", credit=10)
message = second.receive(timeout=20)
assert message.body in (b"m2", "m2") and message.delivery_count == 1, message
second.accept()
message = second.receive(timeout=20)
assert message.body in (b"m3", "m3")
second.accept()
flush(newer)
try:
    mailbox.receive(timeout=20)
except (LinkDetached, ConnectionClosed) as told:
    assert "stolen" in str(told) or "forced" in str(told), told
else:
    raise AssertionError("the older connection should have been told")
assert gateway.outcome(ids[2])["outcome"] == "accepted"
assert gateway.outcome(ids[3])["outcome"] == "accepted"

# A disabled device is cut off at once, and let in again when enabled.
status, _ = gateway.rest("PATCH", f"/v1/devices/{gateway.DEVICE}", {"status": "disabled"})
assert status == 200
try:
    second.receive(timeout=20)
except (LinkDetached, ConnectionClosed) as told:
    assert "unauthorized-access" in str(told), told
status, _ = gateway.rest("PATCH", f"/v1/devices/{gateway.DEVICE}", {"status": "enabled"})
assert status == 200
last = connect()
last.create_sender("telemetry").send(Message(body=b"back"))
last.close()
