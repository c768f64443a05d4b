using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Microsoft.OpenApi;
using Restante.Contracts;
using Restante.Core.Mailboxes;
using Restante.Heads.Http.Admission;
using Restante.Heads.Http.Problems;

namespace Restante.Heads.Http.Requests;

/// <summary>A parameter of the query string: how it is read, and how the API description shows it.</summary>
internal sealed record QueryParameter(
    string Name, JsonSchemaType Type, string Description, long Min = 0, long Max = long.MaxValue, int Usual = 0)
{
    private const int MaxShownName = 64;

    /// <summary>
    /// Refuses a query that holds what the endpoint does not read: a mistyped name must not pass for one that was not given.
    /// </summary>
    public static void RefuseOthers(HttpRequest request, IReadOnlyList<QueryParameter> known)
    {
        foreach (string name in request.Query.Keys)
        {
            if (!known.Any(p => p.Name == name))
            {
                string names = known.Count == 0 ? "there are none here" : "known are " + string.Join(", ", known.Select(p => p.Name));
                string shown = name.Length <= MaxShownName ? name : string.Concat(name.AsSpan(0, MaxShownName), "…");
                throw new MalformedRequestException($"There is no parameter '{shown}'; {names}.");
            }
        }
    }

    /// <summary>Its text; null when it is not given.</summary>
    public string? Text(HttpRequest request)
    {
        CheckDeclared(request);
        StringValues values = request.Query[Name];
        if (values.Count == 0)
            return null;
        if (values.Count > 1 || string.IsNullOrEmpty(values[0]))
            throw new MalformedRequestException($"The parameter '{Name}' must have exactly one value.");
        return values[0];
    }

    /// <summary>Its whole number within the range; null when it is not given.</summary>
    public long? Integer(HttpRequest request)
    {
        if (Text(request) is not string text)
            return null;
        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long value) && value >= Min && value <= Max
            ? value
            : throw OutOfRange("a whole number");
    }

    /// <summary>How many of something, within the range; <see cref="Usual"/> when it is not given.</summary>
    public int Count(HttpRequest request) => (int)(Integer(request) ?? Usual);

    /// <summary>The id of a message; that before all of them when it is not given.</summary>
    /// <param name="request">The request.</param>
    /// <param name="of">What it is the id of.</param>
    public Sequence Id(HttpRequest request, string of)
    {
        Sequence sequence = default;
        return Text(request) is not string text || Sequence.TryParse(text, out sequence)
            ? sequence
            : throw new MalformedRequestException($"The parameter '{Name}' must be the id of {of}.");
    }

    /// <summary>Its number of seconds within the range, fractions allowed; zero when it is not given.</summary>
    public TimeSpan Seconds(HttpRequest request)
    {
        if (Text(request) is not string text)
            return TimeSpan.Zero;
        bool valid = double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double value);
        return valid && value >= Min && value <= Max
            ? TimeSpan.FromSeconds(value)
            : throw OutOfRange("a number of seconds");
    }

    /// <summary>Whether it is given: alone, as <c>true</c> or 1; not when it is <c>false</c> or 0.</summary>
    public bool Flag(HttpRequest request)
    {
        CheckDeclared(request);
        StringValues values = request.Query[Name];
        if (values.Count == 0)
            return false;
        return values.ToString() switch
        {
            "" or "true" or "1" => true,
            "false" or "0" => false,
            _ => throw new MalformedRequestException($"The parameter '{Name}' is given alone, or as true or false."),
        };
    }

    /// <summary>Its time; null when it is not given.</summary>
    public DateTimeOffset? Time(HttpRequest request)
    {
        if (Text(request) is not string text)
            return null;

        // A plus sign in a query that was not escaped arrives as a space.
        return RfcTimeConverter.TryParse(text.Replace(' ', '+'), out DateTimeOffset time)
            ? time
            : throw new MalformedRequestException($"The parameter '{Name}' must be a time as in RFC 3339, with an offset or Z.");
    }

    // What is read must stand in the description: the endpoint's card is at fault, not the caller.
    private void CheckDeclared(HttpRequest request)
    {
        Admittance? admittance = request.HttpContext.GetEndpoint()?.Metadata.GetMetadata<Admittance>();
        if (admittance?.Query.Any(p => p.Name == Name) == false)
            throw new InvalidOperationException($"The parameter '{Name}' is read, but not on the card of the endpoint.");
    }

    private MalformedRequestException OutOfRange(string what)
    {
        string range = Max == long.MaxValue
            ? string.Create(CultureInfo.InvariantCulture, $"of at least {Min}")
            : string.Create(CultureInfo.InvariantCulture, $"from {Min} to {Max}");
        return new MalformedRequestException($"The parameter '{Name}' must be {what} {range}.");
    }
}
