using FsCheck;
using FsCheck.Fluent;
using Restante.Core.Access;
using Restante.Core.Devices;
using Restante.Core.Mailboxes;
using Restante.Core.Telemetry;
using Restante.Core.Tests.Support;
using Outcome = Restante.Core.Mailboxes.Outcome;

namespace Restante.Core.Tests.Devices;

public class IdTests
{
    private const string Allowed = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._:@=~-";

    [Theory]
    [InlineData("truck-17")]
    [InlineData("a")]
    [InlineData("A.b_c:d@e=f~g-h")]
    [InlineData("...")]
    [InlineData("urn:dev:mac:0024befffe804ff1")]
    public void A_device_id_is_read(string text)
    {
        Assert.True(DeviceId.TryParse(text, out DeviceId id));
        Assert.Equal(text, id.Value);
        Assert.Equal(text, id.ToString());
        Assert.Equal(id, DeviceId.Parse(text));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("a b")]
    [InlineData("a/b")]
    [InlineData("a+b")]
    [InlineData("a#")]
    [InlineData("$a")]
    [InlineData("a%20")]
    [InlineData("a?")]
    [InlineData("a&b")]
    [InlineData("straße")]
    [InlineData("a\0")]
    [InlineData("a\n")]
    [InlineData("\uFF41")]
    public void What_is_no_device_id_is_refused(string? text)
    {
        Assert.False(DeviceId.TryParse(text, out DeviceId id));
        Assert.Equal(default, id);
        Assert.Equal(string.Empty, id.Value);
        if (text is not null)
            Assert.Throws<FormatException>(() => DeviceId.Parse(text));
    }

    [Fact]
    public void A_device_id_has_at_most_128_characters()
    {
        Assert.True(DeviceId.TryParse(new string('x', 128), out _));
        Assert.False(DeviceId.TryParse(new string('x', 129), out _));
    }

    [Fact]
    public void A_device_id_is_read_exactly_when_every_character_is_allowed() =>
        Prop.ForAll<string?>(text =>
        {
            bool expected = text is { Length: > 0 and <= 128 } && text.All(c => Allowed.Contains(c, StringComparison.Ordinal)) && text is not ("." or "..");
            return DeviceId.TryParse(text, out _) == expected;
        }).Hold();

    [Fact]
    public void Ids_are_compared_ordinally_and_case_matters()
    {
        Assert.NotEqual(DeviceId.Parse("a"), DeviceId.Parse("A"));
        Assert.True(DeviceId.Parse("Z").CompareTo(DeviceId.Parse("a")) < 0);
    }

    [Theory]
    [InlineData("1", 1)]
    [InlineData("9223372036854775807", long.MaxValue)]
    public void A_sequence_is_read(string text, long value)
    {
        Assert.True(Sequence.TryParse(text, out Sequence sequence));
        Assert.Equal(value, sequence.Value);
        Assert.Equal(text, sequence.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("0")]
    [InlineData("01")]
    [InlineData("-1")]
    [InlineData("+1")]
    [InlineData(" 1")]
    [InlineData("1 ")]
    [InlineData("1\0")]
    [InlineData("1e3")]
    [InlineData("1,000")]
    [InlineData("0x10")]
    [InlineData("\u0661")]
    [InlineData("9223372036854775808")]
    [InlineData("99999999999999999999999999")]
    public void What_is_no_sequence_is_refused(string text)
    {
        Assert.False(Sequence.TryParse(text, out Sequence sequence));
        Assert.Equal(default, sequence);
    }

    [Theory]
    [InlineData("5-1", 5, 1)]
    [InlineData("9223372036854775807-2147483647", long.MaxValue, int.MaxValue)]
    public void A_lease_is_read(string text, long sequence, int count)
    {
        Assert.True(LeaseId.TryParse(text, out LeaseId lease));
        Assert.Equal(new LeaseId(new Sequence(sequence), count), lease);
        Assert.Equal(text, lease.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("5")]
    [InlineData("-")]
    [InlineData("5-")]
    [InlineData("-1")]
    [InlineData("5-0")]
    [InlineData("5-01")]
    [InlineData("0-1")]
    [InlineData("5--1")]
    [InlineData("5-1-1")]
    [InlineData("5-2147483648")]
    [InlineData("5-9223372036854775807")]
    [InlineData("5 - 1")]
    public void What_is_no_lease_is_refused(string text)
    {
        Assert.False(LeaseId.TryParse(text, out LeaseId lease));
        Assert.Equal(default, lease);
    }

    [Fact]
    public void Sequences_and_leases_survive_their_text_form_and_no_other_text_names_them() =>
        Prop.ForAll<string?>(text =>
        {
            bool sequence = !Sequence.TryParse(text, out Sequence s) || s.ToString() == text;
            bool lease = !LeaseId.TryParse(text, out LeaseId l) || l.ToString() == text;
            return sequence && lease;
        }).Hold();

    [Fact]
    public void Every_lease_can_be_read_back() =>
        Prop.ForAll<PositiveInt, PositiveInt>((s, c) =>
        {
            var lease = new LeaseId(new Sequence((long)s.Get * int.MaxValue), c.Get);
            return LeaseId.TryParse(lease.ToString(), out LeaseId back) && back == lease;
        }).Hold();

    [Theory]
    [InlineData("temperature", true)]
    [InlineData("a.b_c-d", true)]
    [InlineData("", false)]
    [InlineData("a/b", false)]
    [InlineData("a b", false)]
    [InlineData("$default", false)]
    public void Channels_and_policies_have_plain_names(string name, bool valid)
    {
        Assert.Equal(valid, ChannelNames.IsValid(name));
        Assert.Equal(valid, PolicyNames.IsValid(name));
        Assert.Equal(valid || name == "$default", ChannelNames.IsValidGroup(name));
    }

    [Fact]
    public void Channels_and_policies_have_at_most_64_characters()
    {
        Assert.True(ChannelNames.IsValid(new string('c', 64)));
        Assert.False(ChannelNames.IsValid(new string('c', 65)));
        Assert.True(PolicyNames.IsValid(new string('c', 64)));
        Assert.False(PolicyNames.IsValid(new string('c', 65)));
        Assert.False(PolicyNames.IsValid(null));
    }

    [Fact]
    public void Outcomes_have_the_names_of_the_wire() => Assert.Equal(
        ["accepted", "rejected", "expired", "undeliverable", "cancelled", "device-removed"],
        Enum.GetValues<Outcome>().Select(o => o.Name()));
}
