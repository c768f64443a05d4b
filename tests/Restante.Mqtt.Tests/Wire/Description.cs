using System.Globalization;
using System.Text;
using Restante.Mqtt.Codec;
using Restante.Mqtt.Packets;

namespace Restante.Mqtt.Tests.Wire;

/// <summary>Received packets in words, for comparison.</summary>
internal static class Description
{
    public static string Of(in ConnectPacket p)
    {
        string will = p.HasWill
            ? $"{Text(p.WillTopic)}:{Text(p.WillPayload)}:q{(int)p.WillQos}{(p.WillRetain ? ":r" : "")}{Of(p.WillProperties)}"
            : "-";
        string user = p.HasUserName ? Text(p.UserName) : "-";
        string password = p.HasPassword ? Text(p.Password) : "-";
        return $"CONNECT {p.Version} clean={(p.CleanStart ? 1 : 0)} ka={p.KeepAliveSeconds} id={Text(p.ClientId)} user={user} pass={password} will={will}{Of(p.Properties)}";
    }

    public static string Of(in ConnAckPacket p) => $"CONNACK {Code(p.ReasonCode)} present={(p.SessionPresent ? 1 : 0)}{Of(p.Properties)}";

    public static string Of(in PublishPacket p) =>
        $"PUBLISH q{(int)p.Qos}{(p.Retain ? " r" : "")}{(p.Duplicate ? " d" : "")} id={p.PacketId} {Text(p.Topic)}={Text(p.Payload)}{Of(p.Properties)}";

    public static string Of(in AcknowledgementPacket p) => $"{p.Type.ToString().ToUpperInvariant()} id={p.PacketId} {Code(p.ReasonCode)}{Of(p.Properties)}";

    public static string Of(in SubscribePacket p)
    {
        StringBuilder text = new($"SUBSCRIBE id={p.PacketId}");
        foreach (SubscriptionRequest request in p)
        {
            text.Append(CultureInfo.InvariantCulture, $" {Text(request.Filter)}:q{(int)request.MaximumQos}");
            text.Append(request.NoLocal ? "n" : "").Append(request.RetainAsPublished ? "p" : "");
            text.Append(request.RetainHandling == 0 ? "" : $"h{(int)request.RetainHandling}").Append(request.IsShared ? "s" : "");
        }

        return text.ToString() + Of(p.Properties);
    }

    public static string Of(in UnsubscribePacket p)
    {
        StringBuilder text = new($"UNSUBSCRIBE id={p.PacketId}");
        foreach (ReadOnlySpan<byte> filter in p)
        {
            text.Append(' ').Append(Text(filter));
        }

        return text.ToString() + Of(p.Properties);
    }

    public static string Of(string name, in SubscriptionAcknowledgementPacket p) =>
        $"{name} id={p.PacketId} {string.Join(',', p.ReasonCodes.ToArray().Select(Code))}{Of(p.Properties)}";

    public static string Of(in DisconnectPacket p) => $"DISCONNECT {Code(p.ReasonCode)}{Of(p.Properties)}";

    public static string Of(in AuthPacket p) => $"AUTH {Code(p.ReasonCode)}{Of(p.Properties)}";

    public static string Of(MqttProperties properties)
    {
        if (properties.IsEmpty)
        {
            return "";
        }

        List<string> parts = [];
        PropertyCursor cursor = new(properties.Encoded);
        while (cursor.MoveNext())
        {
            parts.Add(cursor.Rule.Kind switch
            {
                PropertyKind.Text or PropertyKind.Binary => $"{cursor.Id}={Text(cursor.Bytes)}",
                PropertyKind.TextPair => $"{Text(cursor.Bytes)}:{Text(cursor.SecondBytes)}",
                _ => $"{cursor.Id}={cursor.Number}",
            });
        }

        return $" [{string.Join(' ', parts)}]";
    }

    public static string Code(MqttReasonCode code) => ((byte)code).ToString("X2", CultureInfo.InvariantCulture);

    public static string Text(ReadOnlySpan<byte> bytes) => Encoding.UTF8.GetString(bytes);
}
