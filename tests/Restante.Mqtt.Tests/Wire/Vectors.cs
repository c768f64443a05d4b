using Restante.Mqtt.Packets;
using static Restante.Mqtt.Packets.MqttReasonCode;

namespace Restante.Mqtt.Tests.Wire;

/// <summary>The table of named packets that codec, engine and fuzz tests share.</summary>
internal static class Vectors
{
    private const MqttVersion V4 = MqttVersion.V311;
    private const MqttVersion V5 = MqttVersion.V500;

    private static readonly List<PacketVector> _all = [];

    static Vectors()
    {
        Connects();
        BadConnects();
        Publishes();
        Acknowledgements();
        Subscriptions();
        Others();
    }

    public static IReadOnlyList<PacketVector> All => _all;

    public static TheoryData<string> Names(Func<PacketVector, bool> where) => [.. _all.Where(where).Select(vector => vector.Name)];

    public static PacketVector Get(string name) => _all.Single(vector => vector.Name == name);

    private static void Good(MqttRole receiver, MqttVersion version, string name, byte first, string body, string expected) =>
        _all.Add(new PacketVector($"{version} {name}", version, receiver, Bytes.Packet(first, body), expected, null));

    private static void Bad(MqttRole receiver, MqttVersion version, string name, MqttReasonCode error, byte first, string body) =>
        _all.Add(new PacketVector($"{version} {name}", version, receiver, Bytes.Packet(first, body), null, error));

    private static void Server(MqttVersion version, string name, byte first, string body, string expected) =>
        Good(MqttRole.Server, version, name, first, body, expected);

    private static void Client(MqttVersion version, string name, byte first, string body, string expected) =>
        Good(MqttRole.Client, version, name, first, body, expected);

    private static void Refused(MqttVersion version, string name, MqttReasonCode error, byte first, string body) =>
        Bad(MqttRole.Server, version, name, error, first, body);

    private static void Connects()
    {
        Server(V4, "CONNECT least", 0x10, "'MQTT' 04 02 003C 'a'", "CONNECT V311 clean=1 ka=60 id=a user=- pass=- will=-");
        Server(V4, "CONNECT session kept", 0x10, "'MQTT' 04 00 0000 'device-1'", "CONNECT V311 clean=0 ka=0 id=device-1 user=- pass=- will=-");
        Server(V4, "CONNECT empty id with clean session", 0x10, "'MQTT' 04 02 0000 ''", "CONNECT V311 clean=1 ka=0 id= user=- pass=- will=-");
        Server(V4, "CONNECT everything", 0x10, "'MQTT' 04 F6 000A 'a' 'w/t' 'gone' 'me' 'secret'",
            "CONNECT V311 clean=1 ka=10 id=a user=me pass=secret will=w/t:gone:q2:r");
        Server(V5, "CONNECT least", 0x10, "'MQTT' 05 02 003C {} 'a'", "CONNECT V500 clean=1 ka=60 id=a user=- pass=- will=-");
        Server(V5, "CONNECT empty id", 0x10, "'MQTT' 05 00 003C {} ''", "CONNECT V500 clean=0 ka=60 id= user=- pass=- will=-");
        Server(V5, "CONNECT password without user name", 0x10, "'MQTT' 05 42 003C {} 'a' 'token'", "CONNECT V500 clean=1 ka=60 id=a user=- pass=token will=-");
        Server(V5, "CONNECT every property", 0x10,
            "'MQTT' 05 02 003C {11 0000000A 21 0014 27 00000400 22 000A 19 01 17 00 26 'k' 'v' 26 'k' 'w' 15 'plain' 16 'data'} 'a'",
            "CONNECT V500 clean=1 ka=60 id=a user=- pass=- will=- [SessionExpiryInterval=10 ReceiveMaximum=20 MaximumPacketSize=1024 TopicAliasMaximum=10 "
            + "RequestResponseInformation=1 RequestProblemInformation=0 k:v k:w AuthenticationMethod=plain AuthenticationData=data]");
        Server(V5, "CONNECT will with every property", 0x10,
            "'MQTT' 05 0E 003C {} 'a' {18 00000005 01 01 02 0000003C 03 'text' 08 're/ply' 09 'cd' 26 'k' 'v'} 'w' 'x'",
            "CONNECT V500 clean=1 ka=60 id=a user=- pass=- will=w:x:q1 [WillDelayInterval=5 PayloadFormatIndicator=1 MessageExpiryInterval=60 "
            + "ContentType=text ResponseTopic=re/ply CorrelationData=cd k:v]");
        Server(V5, "CONNECT identifier with BOM kept", 0x10, "'MQTT' 05 02 003C {} 0004 EFBBBF61", "CONNECT V500 clean=1 ka=60 id=\uFEFFa user=- pass=- will=-");
    }

    private static void BadConnects()
    {
        Refused(V4, "CONNECT level 3", UnsupportedProtocolVersion, 0x10, "'MQIsdp' 03 02 003C 'a'");
        Refused(V5, "CONNECT level 6", UnsupportedProtocolVersion, 0x10, "'MQTT' 06 02 003C {} 'a'");
        Refused(V4, "CONNECT level 3 under the new name", UnsupportedProtocolVersion, 0x10, "'MQTT' 03 02 003C 'a'");
        foreach (MqttVersion version in new[] { V4, V5 })
        {
            string start = version == V4 ? "'MQTT' 04" : "'MQTT' 05";
            string none = version == V4 ? "" : "{}";
            Refused(version, "CONNECT foreign protocol", UnsupportedProtocolVersion, 0x10, "'HTTP' 05 02 003C {} 'a'");
            Refused(version, "CONNECT reserved flag", MalformedPacket, 0x10, $"{start} 03 003C {none} 'a'");
            Refused(version, "CONNECT will QoS without will", MalformedPacket, 0x10, $"{start} 0A 003C {none} 'a'");
            Refused(version, "CONNECT will retain without will", MalformedPacket, 0x10, $"{start} 22 003C {none} 'a'");
            Refused(version, "CONNECT will QoS 3", MalformedPacket, 0x10, $"{start} 1E 003C {none} 'a' {none} 'w' 'x'");
            Refused(version, "CONNECT fixed header flags", MalformedPacket, 0x11, $"{start} 02 003C {none} 'a'");
            Refused(version, "CONNECT trailing byte", MalformedPacket, 0x10, $"{start} 02 003C {none} 'a' 00");
            Refused(version, "CONNECT cut off", MalformedPacket, 0x10, $"{start} 02 00");
            Refused(version, "CONNECT without identifier", MalformedPacket, 0x10, $"{start} 02 003C {none}");
            Refused(version, "CONNECT user name missing", MalformedPacket, 0x10, $"{start} 82 003C {none} 'a'");
            Refused(version, "CONNECT user name without its flag", MalformedPacket, 0x10, $"{start} 02 003C {none} 'a' 'u'");
            Refused(version, "CONNECT user name not UTF-8", MalformedPacket, 0x10, $"{start} 82 003C {none} 'a' 0001 FF");
            Refused(version, "CONNECT password missing", MalformedPacket, 0x10, $"{start} C2 003C {none} 'a' 'u'");
            Refused(version, "CONNECT password without its flag", MalformedPacket, 0x10, $"{start} 82 003C {none} 'a' 'u' 'p'");
            Refused(version, "CONNECT will without payload", MalformedPacket, 0x10, $"{start} 06 003C {none} 'a' {none} 'w'");
            Refused(version, "CONNECT will topic not UTF-8", MalformedPacket, 0x10, $"{start} 06 003C {none} 'a' {none} 0001 FF 'x'");
            Refused(version, "CONNECT identifier not UTF-8", MalformedPacket, 0x10, $"{start} 02 003C {none} 0002 C328");
            Refused(version, "CONNECT identifier with surrogate", MalformedPacket, 0x10, $"{start} 02 003C {none} 0003 EDA080");
            Refused(version, "CONNECT identifier overlong", MalformedPacket, 0x10, $"{start} 02 003C {none} 0002 C080");
            Refused(version, "CONNECT identifier with U+0000", MalformedPacket, 0x10, $"{start} 02 003C {none} 0002 6100");
            Refused(version, "CONNECT identifier beyond the limit", ClientIdentifierNotValid, 0x10, $"{start} 02 003C {none} '{new string('x', 300)}'");
            Refused(version, "CONNECT will topic with wildcard", TopicNameInvalid, 0x10, $"{start} 06 003C {none} 'a' {none} 'w/#' 'x'");
            Refused(version, "CONNECT will topic empty", TopicNameInvalid, 0x10, $"{start} 06 003C {none} 'a' {none} '' 'x'");
        }

        Refused(V4, "CONNECT empty id without clean session", ClientIdentifierNotValid, 0x10, "'MQTT' 04 00 003C ''");
        Refused(V4, "CONNECT password without user name", MalformedPacket, 0x10, "'MQTT' 04 42 003C 'a' 'p'");
        (string Name, MqttReasonCode Error, string Properties)[] blocks =
        [
            ("receive maximum 0", ProtocolError, "21 0000"),
            ("maximum packet size 0", ProtocolError, "27 00000000"),
            ("session expiry twice", ProtocolError, "11 00000001 11 00000001"),
            ("problem information 2", ProtocolError, "17 02"),
            ("response information 2", ProtocolError, "19 02"),
            ("authentication data without method", ProtocolError, "16 'd'"),
            ("property of PUBLISH", MalformedPacket, "23 0001"),
            ("property not assigned", MalformedPacket, "7F 01"),
            ("property identifier overlong", MalformedPacket, "A600 'k' 'v'"),
            ("property cut off", MalformedPacket, "11 0000"),
            ("user property not UTF-8", MalformedPacket, "26 'k' 0001 FF"),
            ("too large user properties", QuotaExceeded, $"26 'k' '{new string('v', 1200)}'"),
            ("too many user properties", QuotaExceeded, string.Concat(Enumerable.Repeat("26 'k' 'v' ", 17))),
        ];
        foreach ((string name, MqttReasonCode error, string properties) in blocks)
        {
            Refused(V5, $"CONNECT {name}", error, 0x10, $"'MQTT' 05 02 003C {{{properties}}} 'a'");
        }

        Refused(V5, "CONNECT property length beyond the packet", MalformedPacket, 0x10, "'MQTT' 05 02 003C 30 'a'");
        Refused(V5, "CONNECT property length overlong", MalformedPacket, 0x10, "'MQTT' 05 02 003C 8000 'a'");
        Refused(V5, "CONNECT will delay outside the will", MalformedPacket, 0x10, "'MQTT' 05 02 003C {18 00000001} 'a'");
    }

    private static void Publishes()
    {
        foreach (MqttRole receiver in new[] { MqttRole.Server, MqttRole.Client })
        {
            foreach (MqttVersion version in new[] { V4, V5 })
            {
                string none = version == V4 ? "" : "{}";
                string who = $"to {receiver}";
                Good(receiver, version, $"PUBLISH QoS 0 {who}", 0x30, $"'a/b' {none} \"hi\"", "PUBLISH q0 id=0 a/b=hi");
                Good(receiver, version, $"PUBLISH QoS 0 empty retained {who}", 0x31, $"'a' {none}", "PUBLISH q0 r id=0 a=");
                Good(receiver, version, $"PUBLISH QoS 1 {who}", 0x32, $"'a/b' 000A {none} \"hi\"", "PUBLISH q1 id=10 a/b=hi");
                Good(receiver, version, $"PUBLISH QoS 1 repeated {who}", 0x3A, $"'a/b' 000A {none} \"hi\"", "PUBLISH q1 d id=10 a/b=hi");
                Good(receiver, version, $"PUBLISH QoS 2 {who}", 0x34, $"'a/b' FFFF {none} \"hi\"", "PUBLISH q2 id=65535 a/b=hi");
                Bad(receiver, version, $"PUBLISH QoS 3 {who}", MalformedPacket, 0x36, $"'a' 0001 {none}");
                Bad(receiver, version, $"PUBLISH DUP with QoS 0 {who}", MalformedPacket, 0x38, $"'a' {none}");
                Bad(receiver, version, $"PUBLISH identifier 0 {who}", ProtocolError, 0x32, $"'a' 0000 {none}");
                Bad(receiver, version, $"PUBLISH identifier missing {who}", MalformedPacket, 0x32, "'a' 00");
                Bad(receiver, version, $"PUBLISH topic with # {who}", TopicNameInvalid, 0x30, $"'a/#' {none}");
                Bad(receiver, version, $"PUBLISH topic with + {who}", TopicNameInvalid, 0x30, $"'+/a' {none}");
                Bad(receiver, version, $"PUBLISH topic not UTF-8 {who}", MalformedPacket, 0x30, $"0001 FF {none}");
                Bad(receiver, version, $"PUBLISH topic with U+0000 {who}", MalformedPacket, 0x30, $"0001 00 {none}");
                Bad(receiver, version, $"PUBLISH topic longer than the packet {who}", MalformedPacket, 0x30, "0005 61");
                Bad(receiver, version, $"PUBLISH topic too long {who}", TopicNameInvalid, 0x30, $"'{new string('t', 600)}' {none}");
                Bad(receiver, version, $"PUBLISH topic too deep {who}", TopicNameInvalid, 0x30, $"'{new string('/', 20)}' {none}");
                Bad(receiver, version, $"PUBLISH empty {who}", MalformedPacket, 0x30, "");
            }

            Bad(receiver, V4, $"PUBLISH without topic to {receiver}", TopicNameInvalid, 0x30, "''");
            Bad(receiver, V5, $"PUBLISH without topic and alias to {receiver}", ProtocolError, 0x30, "'' {}");
            Bad(receiver, V5, $"PUBLISH alias 0 to {receiver}", TopicAliasInvalid, 0x30, "'a' {23 0000}");
            Bad(receiver, V5, $"PUBLISH format 2 to {receiver}", ProtocolError, 0x30, "'a' {01 02}");
            Bad(receiver, V5, $"PUBLISH response topic with wildcard to {receiver}", ProtocolError, 0x30, "'a' {08 'r/#'}");
            Bad(receiver, V5, $"PUBLISH response topic not UTF-8 to {receiver}", MalformedPacket, 0x30, "'a' {08 0001 FF}");
            Bad(receiver, V5, $"PUBLISH content type not UTF-8 to {receiver}", MalformedPacket, 0x30, "'a' {03 0001 FF}");
            Bad(receiver, V5, $"PUBLISH user property not UTF-8 to {receiver}", MalformedPacket, 0x30, "'a' {26 0001 FF 'v'}");
            Bad(receiver, V5, $"PUBLISH content type twice to {receiver}", ProtocolError, 0x30, "'a' {03 'x' 03 'x'}");
            Bad(receiver, V5, $"PUBLISH session expiry to {receiver}", MalformedPacket, 0x30, "'a' {11 00000001}");
            Bad(receiver, V5, $"PUBLISH without property length to {receiver}", MalformedPacket, 0x30, "'a'");
        }

        Server(V5, "PUBLISH every property of a client", 0x30,
            "'a' {01 01 02 0000000A 03 'text' 08 're' 09 'cd' 23 0001 26 'k' 'v' 26 'k' 'v'} \"hi\"",
            "PUBLISH q0 id=0 a=hi [PayloadFormatIndicator=1 MessageExpiryInterval=10 ContentType=text ResponseTopic=re CorrelationData=cd TopicAlias=1 k:v k:v]");
        Client(V5, "PUBLISH several subscription identifiers", 0x30, "'a' {0B 01 0B FFFFFF7F} \"hi\"",
            "PUBLISH q0 id=0 a=hi [SubscriptionIdentifier=1 SubscriptionIdentifier=268435455]");
        Bad(MqttRole.Client, V5, "PUBLISH subscription identifier 0", ProtocolError, 0x30, "'a' {0B 00}");
        Bad(MqttRole.Client, V5, "PUBLISH subscription identifier of five bytes", MalformedPacket, 0x30, "'a' {0B FFFFFFFF01}");
    }

    private static void Acknowledgements()
    {
        foreach (MqttRole receiver in new[] { MqttRole.Server, MqttRole.Client })
        {
            foreach (MqttVersion version in new[] { V4, V5 })
            {
                string who = $"to {receiver}";
                Good(receiver, version, $"PUBACK {who}", 0x40, "0001", "PUBACK id=1 00");
                Good(receiver, version, $"PUBREC {who}", 0x50, "0001", "PUBREC id=1 00");
                Good(receiver, version, $"PUBREL {who}", 0x62, "0001", "PUBREL id=1 00");
                Good(receiver, version, $"PUBCOMP {who}", 0x70, "0001", "PUBCOMP id=1 00");
                Bad(receiver, version, $"PUBACK identifier 0 {who}", ProtocolError, 0x40, "0000");
                Bad(receiver, version, $"PUBREL flags {who}", MalformedPacket, 0x60, "0001");
                Bad(receiver, version, $"PUBACK flags {who}", MalformedPacket, 0x42, "0001");
                Bad(receiver, version, $"PUBACK cut off {who}", MalformedPacket, 0x40, "00");
            }

            Bad(receiver, V4, $"PUBACK too long to {receiver}", MalformedPacket, 0x40, "0001 00");
            Good(receiver, V5, $"PUBACK with code to {receiver}", 0x40, "0001 83", "PUBACK id=1 83");
            Good(receiver, V5, $"PUBACK with everything to {receiver}", 0x40, "0001 97 {1F 'why' 26 'k' 'v'}", "PUBACK id=1 97 [ReasonString=why k:v]");
            Good(receiver, V5, $"PUBREC refused to {receiver}", 0x50, "0001 99 {}", "PUBREC id=1 99");
            Good(receiver, V5, $"PUBCOMP not found to {receiver}", 0x70, "0001 92", "PUBCOMP id=1 92");
            Bad(receiver, V5, $"PUBACK reserved code to {receiver}", ProtocolError, 0x40, "0001 92");
            Bad(receiver, V5, $"PUBREL reserved code to {receiver}", ProtocolError, 0x62, "0001 80");
            Bad(receiver, V5, $"PUBACK reason twice to {receiver}", ProtocolError, 0x40, "0001 00 {1F 'a' 1F 'b'}");
            Bad(receiver, V5, $"PUBACK trailing byte to {receiver}", MalformedPacket, 0x40, "0001 00 {} 00");
        }
    }

    private static void Subscriptions()
    {
        Server(V4, "SUBSCRIBE", 0x82, "0001 'a/+' 01 '#' 02", "SUBSCRIBE id=1 a/+:q1 #:q2");
        Server(V5, "SUBSCRIBE with options", 0x82, "0001 {0B 05 26 'k' 'v'} 'a' 2D '$share/g/b/#' 12",
            "SUBSCRIBE id=1 a:q1nph2 $share/g/b/#:q2h1s [SubscriptionIdentifier=5 k:v]");
        Server(V4, "UNSUBSCRIBE", 0xA2, "0002 'a' 'b/#'", "UNSUBSCRIBE id=2 a b/#");
        Server(V5, "UNSUBSCRIBE", 0xA2, "0002 {26 'k' 'v'} 'a'", "UNSUBSCRIBE id=2 a [k:v]");
        foreach (MqttVersion version in new[] { V4, V5 })
        {
            string none = version == V4 ? "" : "{}";
            Refused(version, "SUBSCRIBE flags", MalformedPacket, 0x80, $"0001 {none} 'a' 00");
            Refused(version, "SUBSCRIBE identifier 0", ProtocolError, 0x82, $"0000 {none} 'a' 00");
            Refused(version, "SUBSCRIBE without filter", ProtocolError, 0x82, $"0001 {none}");
            Refused(version, "SUBSCRIBE without options", MalformedPacket, 0x82, $"0001 {none} 'a'");
            Refused(version, "SUBSCRIBE QoS 3", ProtocolError, 0x82, $"0001 {none} 'a' 03");
            Refused(version, "SUBSCRIBE reserved bits", MalformedPacket, 0x82, $"0001 {none} 'a' 40");
            Refused(version, "SUBSCRIBE empty filter", TopicFilterInvalid, 0x82, $"0001 {none} '' 00");
            Refused(version, "SUBSCRIBE a#", TopicFilterInvalid, 0x82, $"0001 {none} 'a#' 00");
            Refused(version, "SUBSCRIBE #/a", TopicFilterInvalid, 0x82, $"0001 {none} '#/a' 00");
            Refused(version, "SUBSCRIBE a+", TopicFilterInvalid, 0x82, $"0001 {none} 'a+/b' 00");
            Refused(version, "SUBSCRIBE +a", TopicFilterInvalid, 0x82, $"0001 {none} '+a' 00");
            Refused(version, "SUBSCRIBE not UTF-8", MalformedPacket, 0x82, $"0001 {none} 0001 80 00");
            Refused(version, "SUBSCRIBE filter with U+0000", MalformedPacket, 0x82, $"0001 {none} 0002 6100 00");
            Refused(version, "SUBSCRIBE too many", QuotaExceeded, 0x82, $"0001 {none} {string.Concat(Enumerable.Repeat("'a' 00 ", 9))}");
            Refused(version, "UNSUBSCRIBE flags", MalformedPacket, 0xA0, $"0001 {none} 'a'");
            Refused(version, "UNSUBSCRIBE without filter", ProtocolError, 0xA2, $"0001 {none}");
            Refused(version, "UNSUBSCRIBE identifier 0", ProtocolError, 0xA2, $"0000 {none} 'a'");
            Refused(version, "UNSUBSCRIBE not UTF-8", MalformedPacket, 0xA2, $"0001 {none} 0001 80");
            Refused(version, "UNSUBSCRIBE bad filter", TopicFilterInvalid, 0xA2, $"0001 {none} 'a#'");
        }

        Refused(V5, "SUBSCRIBE retain handling 3", ProtocolError, 0x82, "0001 {} 'a' 30");
        Refused(V5, "SUBSCRIBE identifier twice", ProtocolError, 0x82, "0001 {0B 01 0B 02} 'a' 00");
        Refused(V5, "SUBSCRIBE no local and shared", ProtocolError, 0x82, "0001 {} '$share/g/a' 04");
        Refused(V5, "SUBSCRIBE share without name", TopicFilterInvalid, 0x82, "0001 {} '$share//a' 00");
        Refused(V5, "SUBSCRIBE share without filter", TopicFilterInvalid, 0x82, "0001 {} '$share/g' 00");
        Refused(V5, "SUBSCRIBE share name with wildcard", TopicFilterInvalid, 0x82, "0001 {} '$share/g+/a' 00");

        Client(V4, "SUBACK", 0x90, "0001 02", "SUBACK id=1 02");
        Client(V4, "SUBACK failure", 0x90, "0001 80", "SUBACK id=1 80");
        Client(V5, "SUBACK", 0x90, "0001 {1F 'no' 26 'k' 'v'} 87", "SUBACK id=1 87 [ReasonString=no k:v]");
        Client(V4, "UNSUBACK", 0xB0, "0001", "UNSUBACK id=1 ");
        Client(V5, "UNSUBACK", 0xB0, "0001 {} 11", "UNSUBACK id=1 11");
        Bad(MqttRole.Client, V4, "SUBACK reserved code", ProtocolError, 0x90, "0001 03");
        Bad(MqttRole.Client, V5, "SUBACK reserved code", ProtocolError, 0x90, "0001 {} 92");
        Bad(MqttRole.Client, V5, "SUBACK without codes", MalformedPacket, 0x90, "0001 {}");
        Bad(MqttRole.Client, V4, "UNSUBACK with codes", MalformedPacket, 0xB0, "0001 00");
    }

    private static void Others()
    {
        Client(V4, "CONNACK", 0x20, "00 00", "CONNACK 00 present=0");
        Client(V4, "CONNACK bad password", 0x20, "00 04", "CONNACK 86 present=0");
        Client(V5, "CONNACK", 0x20, "00 00 {}", "CONNACK 00 present=0");
        Client(V5, "CONNACK every property", 0x20,
            "00 00 {11 0000000A 21 0014 24 01 25 00 27 00000400 12 'given' 22 000A 1F 'hello' 26 'k' 'v' 28 00 29 00 2A 00 13 001E 1A 'resp' 1C 'other' 15 'm' 16 'd'}",
            "CONNACK 00 present=0 [SessionExpiryInterval=10 ReceiveMaximum=20 MaximumQos=1 RetainAvailable=0 MaximumPacketSize=1024 "
            + "AssignedClientIdentifier=given TopicAliasMaximum=10 ReasonString=hello k:v WildcardSubscriptionAvailable=0 "
            + "SubscriptionIdentifierAvailable=0 SharedSubscriptionAvailable=0 ServerKeepAlive=30 ResponseInformation=resp ServerReference=other "
            + "AuthenticationMethod=m AuthenticationData=d]");
        Client(V5, "CONNACK refused", 0x20, "00 9C {1C 'other'}", "CONNACK 9C present=0 [ServerReference=other]");
        Bad(MqttRole.Client, V4, "CONNACK return code 6", ProtocolError, 0x20, "00 06");
        Bad(MqttRole.Client, V4, "CONNACK flags", MalformedPacket, 0x20, "02 00");
        Bad(MqttRole.Client, V5, "CONNACK flags", MalformedPacket, 0x20, "80 00 {}");
        Bad(MqttRole.Client, V5, "CONNACK session present in a refusal", ProtocolError, 0x20, "01 87 {}");
        Bad(MqttRole.Client, V5, "CONNACK maximum QoS 2", ProtocolError, 0x20, "00 00 {24 02}");
        Bad(MqttRole.Client, V5, "CONNACK receive maximum 0", ProtocolError, 0x20, "00 00 {21 0000}");
        Bad(MqttRole.Client, V5, "CONNACK reserved code", ProtocolError, 0x20, "00 01 {}");

        Server(V4, "DISCONNECT", 0xE0, "", "DISCONNECT 00");
        Server(V5, "DISCONNECT", 0xE0, "", "DISCONNECT 00");
        Server(V5, "DISCONNECT with will", 0xE0, "04", "DISCONNECT 04");
        Server(V5, "DISCONNECT with everything", 0xE0, "00 {11 00000000 1F 'bye' 26 'k' 'v'}", "DISCONNECT 00 [SessionExpiryInterval=0 ReasonString=bye k:v]");
        Client(V5, "DISCONNECT by server", 0xE0, "8E {1F 'taken' 1C 'other'}", "DISCONNECT 8E [ReasonString=taken ServerReference=other]");
        Refused(V4, "DISCONNECT with body", MalformedPacket, 0xE0, "00");
        Refused(V4, "DISCONNECT flags", MalformedPacket, 0xE1, "");
        Refused(V5, "DISCONNECT flags", MalformedPacket, 0xE8, "");
        Refused(V5, "DISCONNECT code of servers", ProtocolError, 0xE0, "8E");
        Bad(MqttRole.Client, V5, "DISCONNECT code of clients", ProtocolError, 0xE0, "04");
        Client(V5, "AUTH", 0xF0, "18 {15 'm' 16 'd' 1F 'r' 26 'k' 'v'}", "AUTH 18 [AuthenticationMethod=m AuthenticationData=d ReasonString=r k:v]");
        Bad(MqttRole.Client, V5, "AUTH reserved code", ProtocolError, 0xF0, "17 {15 'm'}");
        Bad(MqttRole.Client, V5, "AUTH flags", MalformedPacket, 0xF1, "");
        Bad(MqttRole.Client, V4, "AUTH in 3.1.1", MalformedPacket, 0xF0, "");
        Refused(V4, "type 0", MalformedPacket, 0x00, "");
        Refused(V5, "type 0", MalformedPacket, 0x00, "");
        Refused(V5, "PINGREQ with body", MalformedPacket, 0xC0, "00");
        Refused(V5, "PINGREQ flags", MalformedPacket, 0xC1, "");
    }
}
