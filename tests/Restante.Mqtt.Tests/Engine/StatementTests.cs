namespace Restante.Mqtt.Tests.Engine;

/// <summary>The named vectors, by the statements that they show.</summary>
public sealed class StatementTests
{
    [Fact]
    [Spec("MQTT5-1.5.4-1", "MQTT3-1.5.3-1", "MQTT5-3.1.3-4", "MQTT3-3.1.3-4", "MQTT5-3.1.3-11", "MQTT3-3.1.3-10")]
    [Spec("MQTT5-3.1.3-12", "MQTT3-3.1.3-11")]
    public void Text_in_connect_is_utf8() => Both(
        "CONNECT identifier not UTF-8",
        "CONNECT identifier with surrogate",
        "CONNECT identifier overlong",
        "CONNECT user name not UTF-8",
        "CONNECT will topic not UTF-8");

    [Fact]
    [Spec("MQTT5-1.5.4-1", "MQTT3-1.5.3-1", "MQTT5-3.3.2-1", "MQTT3-3.3.2-1", "MQTT5-3.8.3-1", "MQTT3-3.8.3-1", "MQTT5-3.10.3-1")]
    [Spec("MQTT3-3.10.3-1")]
    public void Topics_and_filters_are_utf8() => Both(
        "PUBLISH topic not UTF-8 to Server",
        "PUBLISH topic longer than the packet to Server",
        "SUBSCRIBE not UTF-8",
        "UNSUBSCRIBE not UTF-8");

    [Fact]
    [Spec("MQTT5-1.5.4-2", "MQTT3-1.5.3-2", "MQTT5-4.7.3-2", "MQTT3-4.7.3-2")]
    public void Text_has_no_null() =>
        Both("CONNECT identifier with U+0000", "PUBLISH topic with U+0000 to Server", "SUBSCRIBE filter with U+0000");

    [Fact]
    [Spec("MQTT5-1.5.4-3", "MQTT5-3.1.3-3")]
    public void A_bom_is_kept() => VectorTests.Run("V500 CONNECT identifier with BOM kept");

    [Fact]
    [Spec("MQTT5-1.5.7-1", "MQTT5-3.3.2-13", "MQTT5-3.3.2-19")]
    public void Text_in_properties_is_utf8() => New(
        "CONNECT user property not UTF-8",
        "PUBLISH user property not UTF-8 to Server",
        "PUBLISH response topic not UTF-8 to Server",
        "PUBLISH content type not UTF-8 to Server");

    [Fact]
    [Spec("MQTT5-1.5.5-1")]
    public void Variable_byte_integers_are_short() =>
        New("CONNECT property identifier overlong", "CONNECT property length overlong", "PUBLISH subscription identifier of five bytes");

    [Fact]
    [Spec("MQTT5-2.1.3-1", "MQTT3-2.2.2-1", "MQTT3-2.2.2-2", "MQTT5-3.6.1-1", "MQTT3-3.6.1-1")]
    [Spec("MQTT5-3.8.1-1", "MQTT3-3.8.1-1", "MQTT5-3.10.1-1", "MQTT3-3.10.1-1", "MQTT5-3.14.1-1", "MQTT3-3.14.1-1")]
    public void Reserved_flags_end_the_connection()
    {
        Both(
            "CONNECT fixed header flags",
            "PUBACK flags to Server",
            "PUBREL flags to Server",
            "SUBSCRIBE flags",
            "UNSUBSCRIBE flags",
            "DISCONNECT flags");
        New("PINGREQ flags");
    }

    [Fact]
    [Spec("MQTT5-2.2.1-3", "MQTT3-2.3.1-1")]
    public void Identifiers_are_not_zero() =>
        Both("PUBLISH identifier 0 to Server", "SUBSCRIBE identifier 0", "UNSUBSCRIBE identifier 0", "PUBACK identifier 0 to Server");

    [Fact]
    [Spec("MQTT5-2.2.2-1")]
    public void A_property_length_is_there_even_for_none() => New("PUBLISH without property length to Server", "PUBLISH QoS 0 to Server");

    [Fact]
    [Spec("MQTT5-2.2.1-2", "MQTT3-2.3.1-5")]
    public void Qos_0_has_no_identifier() => Both("PUBLISH QoS 0 to Server", "PUBLISH QoS 0 to Client");

    [Fact]
    [Spec("MQTT5-3.1.2-1", "MQTT3-3.1.2-1", "MQTT5-3.1.2-2", "MQTT3-3.1.2-2")]
    public void Another_protocol_or_version_is_refused()
    {
        Both("CONNECT foreign protocol");
        New("CONNECT level 6");
        Old("CONNECT level 3", "CONNECT level 3 under the new name");
    }

    [Fact]
    [Spec("MQTT5-3.1.2-3", "MQTT3-3.1.2-3")]
    public void The_reserved_connect_flag_is_zero() => Both("CONNECT reserved flag");

    [Fact]
    [Spec("MQTT5-3.1.2-9", "MQTT3-3.1.2-9", "MQTT5-3.1.2-11", "MQTT3-3.1.2-11", "MQTT3-3.1.2-13")]
    [Spec("MQTT5-3.1.2-12", "MQTT3-3.1.2-14", "MQTT5-3.1.2-13", "MQTT3-3.1.2-15")]
    public void The_flags_of_a_will_fit_together() =>
        Both("CONNECT will QoS without will", "CONNECT will retain without will", "CONNECT will QoS 3", "CONNECT will without payload");

    [Fact]
    [Spec("MQTT5-3.1.2-16", "MQTT3-3.1.2-18", "MQTT5-3.1.2-17", "MQTT3-3.1.2-19")]
    [Spec("MQTT5-3.1.2-18", "MQTT3-3.1.2-20", "MQTT5-3.1.2-19", "MQTT3-3.1.2-21", "MQTT3-3.1.2-22")]
    public void User_name_and_password_come_with_their_flags()
    {
        Both(
            "CONNECT user name missing",
            "CONNECT user name without its flag",
            "CONNECT password missing",
            "CONNECT password without its flag");
        Old("CONNECT password without user name");
        New("CONNECT password without user name");
    }

    [Fact]
    [Spec("MQTT5-3.1.3-1", "MQTT3-3.1.3-1", "MQTT5-3.1.3-3", "MQTT3-3.1.3-3")]
    public void The_fields_of_connect_come_in_their_order()
    {
        Both("CONNECT without identifier", "CONNECT cut off", "CONNECT trailing byte");
        Old("CONNECT everything");
        New("CONNECT will with every property");
    }

    [Fact]
    [Spec("MQTT3-3.1.3-7", "MQTT3-3.1.3-8", "MQTT3-3.1.3-9", "MQTT5-3.1.3-8")]
    public void Identifiers_that_are_not_taken_are_refused_as_such()
    {
        Both("CONNECT identifier beyond the limit");
        Old("CONNECT empty id without clean session");
    }

    [Fact]
    [Spec("MQTT5-3.1.4-1", "MQTT3-3.1.4-1", "MQTT3-3.2.2-6")]
    public void A_connect_against_the_rules_ends_the_connection()
    {
        Both("CONNECT cut off", "CONNECT trailing byte", "CONNECT will topic with wildcard");
        New("CONNECT receive maximum 0", "CONNECT session expiry twice");
    }

    [Fact]
    [Spec("MQTT5-3.3.1-2", "MQTT3-3.3.1-2", "MQTT5-3.3.1-4", "MQTT3-3.3.1-4")]
    public void The_flags_of_publish_fit_together() => Both("PUBLISH QoS 3 to Server", "PUBLISH DUP with QoS 0 to Server");

    [Fact]
    [Spec("MQTT5-3.3.2-2", "MQTT3-3.3.2-2", "MQTT5-4.7.0-1", "MQTT3-4.7.1-1", "MQTT5-3.3.2-14")]
    public void Topics_have_no_wildcards()
    {
        Both("PUBLISH topic with # to Server", "PUBLISH topic with + to Server", "CONNECT will topic with wildcard");
        New("PUBLISH response topic with wildcard to Server");
    }

    [Fact]
    [Spec("MQTT5-4.7.3-1", "MQTT3-4.7.3-1")]
    public void Topics_and_filters_are_not_empty()
    {
        Both("SUBSCRIBE empty filter", "CONNECT will topic empty");
        Old("PUBLISH without topic to Server");
        New("PUBLISH without topic and alias to Server");
    }

    [Fact]
    [Spec("MQTT5-3.3.2-8")]
    public void Alias_zero_is_refused() => New("PUBLISH alias 0 to Server");

    [Fact]
    [Spec("MQTT5-3.4.2-1", "MQTT5-3.6.2-1", "MQTT5-3.14.2-1")]
    public void Reason_codes_are_those_of_their_packets() =>
        New("PUBACK reserved code to Server", "PUBREL reserved code to Server", "DISCONNECT code of servers");

    [Fact]
    [Spec("MQTT5-3.8.3-2", "MQTT3-3.8.3-3", "MQTT5-3.10.3-2", "MQTT3-3.10.3-2")]
    public void Subscribe_and_unsubscribe_have_a_filter() => Both("SUBSCRIBE without filter", "UNSUBSCRIBE without filter");

    [Fact]
    [Spec("MQTT5-3.8.3-5", "MQTT3-3.8.3-4")]
    public void Reserved_option_bits_end_the_connection() => Both("SUBSCRIBE reserved bits", "SUBSCRIBE QoS 3");

    [Fact]
    [Spec("MQTT5-3.8.3-4", "MQTT5-4.8.2-1", "MQTT5-4.8.2-2")]
    public void Shared_filters_have_a_name_and_a_filter() => New(
        "SUBSCRIBE no local and shared",
        "SUBSCRIBE share without name",
        "SUBSCRIBE share without filter",
        "SUBSCRIBE share name with wildcard");

    [Fact]
    [Spec("MQTT5-4.7.1-1", "MQTT3-4.7.1-2", "MQTT5-4.7.1-2", "MQTT3-4.7.1-3")]
    public void Wildcards_fill_a_level() => Both("SUBSCRIBE a#", "SUBSCRIBE #/a", "SUBSCRIBE a+", "SUBSCRIBE +a", "UNSUBSCRIBE bad filter");

    [Fact]
    [Spec("MQTT5-4.13.1-1", "MQTT3-4.8.0-1")]
    public void What_is_malformed_ends_the_connection()
    {
        Both("type 0", "PUBLISH empty to Server", "PUBACK cut off to Server", "SUBSCRIBE without options");
        New("PUBACK trailing byte to Server", "PINGREQ with body");
        Old("PUBACK too long to Server", "DISCONNECT with body");
    }

    private static void Both(params string[] names)
    {
        Old(names);
        New(names);
    }

    private static void Old(params string[] names) => Array.ForEach(names, name => VectorTests.Run("V311 " + name));

    private static void New(params string[] names) => Array.ForEach(names, name => VectorTests.Run("V500 " + name));
}
