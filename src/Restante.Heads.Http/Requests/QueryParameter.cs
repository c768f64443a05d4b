using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Microsoft.OpenApi;
using Restante.Heads.Http.Problems;

namespace Restante.Heads.Http.Requests;

/// <summary>A parameter of the query string: how it is read, and how the API description shows it.</summary>
internal sealed record QueryParameter(string Name, JsonSchemaType Type, string Description, long Min = 0, long Max = long.MaxValue)
{
    /// <summary>Its text; null when it is not given.</summary>
    public string? Text(HttpRequest request)
    {
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

    /// <summary>Its number of seconds within the range, fractions allowed; zero when it is not given.</summary>
    public TimeSpan Seconds(HttpRequest request)
    {
        if (Text(request) is not string text)
            return TimeSpan.Zero;
        return double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double value) && value >= Min && value <= Max
            ? TimeSpan.FromSeconds(value)
            : throw OutOfRange("a number of seconds");
    }

    private MalformedRequestException OutOfRange(string what)
    {
        string range = Max == long.MaxValue
            ? string.Create(CultureInfo.InvariantCulture, $"of at least {Min}")
            : string.Create(CultureInfo.InvariantCulture, $"from {Min} to {Max}");
        return new MalformedRequestException($"The parameter '{Name}' must be {what} {range}.");
    }
}
