using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Restante.Contracts;
using Restante.Heads.Http.Problems;

namespace Restante.Heads.Http.Requests;

/// <summary>Reads headers that hold one value.</summary>
internal static class HeaderText
{
    /// <summary>Its text; null when it is not given.</summary>
    public static string? One(HttpRequest request, string name)
    {
        StringValues values = request.Headers[name];
        return values.Count switch
        {
            0 => null,
            1 => values[0],
            _ => throw new MalformedRequestException($"The header {name} is given more than once."),
        };
    }

    /// <summary>Its number of seconds; null when it is not given.</summary>
    public static double? Seconds(HttpRequest request, string name)
    {
        if (One(request, name) is not string text)
            return null;
        return double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double seconds)
            ? seconds
            : throw new MalformedRequestException($"The header {name} must be a number of seconds.");
    }

    /// <summary>Its time; null when it is not given.</summary>
    public static DateTimeOffset? Time(HttpRequest request, string name)
    {
        if (One(request, name) is not string text)
            return null;
        return RfcTimeConverter.TryParse(text, out DateTimeOffset at)
            ? at
            : throw new MalformedRequestException($"The header {name} must be a time as in RFC 3339, with an offset or Z.");
    }

    /// <summary>Whether it says true; null when it is not given.</summary>
    public static bool? Truth(HttpRequest request, string name) => One(request, name) switch
    {
        null => null,
        "true" => true,
        "false" => false,
        _ => throw new MalformedRequestException($"The header {name} must be true or false."),
    };
}
