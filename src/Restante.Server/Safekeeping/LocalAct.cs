using System.Text.Json.Serialization;

namespace Restante.Server.Safekeeping;

/// <summary>A note of something that was done with the data directory.</summary>
/// <param name="Act">What.</param>
/// <param name="User">By which user of the machine.</param>
/// <param name="Detail">More about it; null for nothing.</param>
/// <param name="At">When.</param>
internal sealed record LocalAct(string Act, string User, string? Detail, DateTimeOffset At);

[JsonSerializable(typeof(LocalAct))]
internal sealed partial class LocalActJson : JsonSerializerContext;
