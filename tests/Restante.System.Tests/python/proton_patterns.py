"""The four patterns on qpid-proton: commands with terms, reports, inquiries, notifications, state and consumer groups."""
import time

from proton import Message, symbol, timestamp
from proton.reactor import Selector
from proton.utils import LinkDetached, SendException

import gateway
from proton_peer import connect, flush, service

PREFIX = "x-opt-restante-"


def annotation(message, name):
    return message.annotations[symbol(name)]


def text(body):
    return body if isinstance(body, str) else bytes(body).decode()


device = connect()
backend = service()
commands = backend.create_sender(f"devices/{gateway.DEVICE}")

# The same message-id again is the same command; a newer one with the same key takes an older one's place; a selector chooses.
for _ in range(2):
    commands.send(Message(id="once", body=b"once", properties={"colour": "blue"}))
commands.send(Message(body=b"old", annotations={symbol(PREFIX + "replace-key"): "lamp"}, properties={"colour": "red"}))
commands.send(Message(body=b"new", properties={"replace-key": "lamp", "colour": "red"}))
later = timestamp(int(time.time() * 1000) + 1500)
commands.send(Message(body=b"later", annotations={symbol(PREFIX + "not-before"): later}, properties={"colour": "blue"}))
try:
    commands.send(Message(body=b"x", properties={"not-before": "soon"}))
    raise AssertionError("a term of another type should have been rejected")
except SendException:
    pass

blue = device.create_receiver("mailbox", options=Selector("colour = 'blue'"))
first = blue.receive(timeout=20)
assert text(first.body) == "once", first
blue.accept()
second = blue.receive(timeout=20)
assert text(second.body) == "later", second
assert time.time() * 1000 >= later, "handed out too early"
blue.accept()
flush(device)
blue.close()
mailbox = device.create_receiver("mailbox")
third = mailbox.receive(timeout=20)
assert text(third.body) == "new", third
number = str(annotation(third, "x-opt-sequence-number"))

# Reports.
reports = device.create_sender("reports")
reports.send(Message(correlation_id=number, body=b"half"))
reports.send(Message(correlation_id=number, body=b"done", properties={"final": True}))
try:
    reports.send(Message(correlation_id=number, body=b"more"))
    raise AssertionError("nothing comes after the final report")
except SendException:
    pass
mailbox.accept()
flush(device)
following = backend.create_receiver(f"reports/{number}", credit=10, options=Selector("number >= 2"))
report = following.receive(timeout=20)
assert (text(report.body), report.properties["final"], report.properties["number"]) == ("done", True, 2), report
assert annotation(report, PREFIX + "device") == gateway.DEVICE
shared = backend.create_receiver("reports", credit=10)
got = []
while len(got) < 2:
    report = shared.receive(timeout=20)
    shared.accept()
    if report.correlation_id == number:
        got.append(text(report.body))
assert got == ["half", "done"], got

# An inquiry, answered twice.
device.create_sender("inquiries/proton-traffic").send(Message(id="q-1", body=b"ahead?", ttl=60))
questions = backend.create_receiver("inquiries/proton-traffic", credit=1)
question = questions.receive(timeout=20)
assert (text(question.body), question.id, question.reply_to) == ("ahead?", "q-1", "answers"), question
questions.accept()
answers = backend.create_sender(question.reply_to)
answers.send(Message(correlation_id=question.correlation_id, body=b"slow"))
answers.send(Message(correlation_id=question.correlation_id, body=b"clear", properties={"final": True}))
for expected, final in (("slow", False), ("clear", True)):
    answer = mailbox.receive(timeout=20)
    assert (text(answer.body), answer.correlation_id, answer.properties["final"]) == (expected, "q-1", final), answer
    assert annotation(answer, PREFIX + "kind") == "answer"
    mailbox.accept()

# A notification.
backend.create_sender("notifications").send(
    Message(id="proton-n", body=b"snow", properties={"audience": f"id = '{gateway.DEVICE}'"}))
notice = mailbox.receive(timeout=20)
assert (text(notice.body), annotation(notice, PREFIX + "kind")) == ("snow", "notification"), notice
mailbox.accept()
flush(device)

# The state document.
state, told = device.create_sender("state"), device.create_receiver("state", credit=10)
state.send(Message(id="s-1", properties={"operation": "PATCH"}, body=b'{"rate":5}'))
said = told.receive(timeout=20)
assert (said.correlation_id, said.properties["statusCode"]) == ("s-1", 200), said

# Management.
asking, answered = backend.create_sender("$management"), backend.create_receiver("$management", credit=10)
asking.send(Message(id=7, properties={"operation": "READ", "type": "command", "identity": number}))
found = answered.receive(timeout=20)
assert (found.correlation_id, found.properties["statusCode"], found.body["outcome"]) == (7, 200, "accepted"), found

# A consumer group goes on where it has come to.
telemetry = device.create_sender("telemetry")
for n in range(3):
    telemetry.send(Message(body=f"t{n}".encode()))


def read(reader, count):
    seen = []
    while len(seen) < count:
        message = reader.receive(timeout=20)
        reader.accept()
        if annotation(message, PREFIX + "device") == gateway.DEVICE:
            seen.append(text(message.body))
    return seen


reader = backend.create_receiver("telemetry/proton-group", credit=1)
assert read(reader, 3) == ["t0", "t1", "t2"]
backend.create_sender("devices").close()
reader.close()
telemetry.send(Message(body=b"t3"))
assert read(backend.create_receiver("telemetry/proton-group", credit=1), 1) == ["t3"]

try:
    device.create_receiver("reports")
    raise AssertionError("reports are for services")
except LinkDetached as refused:
    assert "unauthorized-access" in str(refused), refused
device.close()
backend.close()
